-- Return the time by which leases run and judgements are dated: the database's clock, or the time that a simulation has set
-- for its own transaction (annotation.services.sampling.simulated_time).
--
-- In SQL and without settings, so that it becomes part of the expression that calls it.
CREATE OR REPLACE FUNCTION concord_clock() RETURNS timestamptz LANGUAGE sql AS $$
  SELECT coalesce(nullif(current_setting('concord.now', true), '')::timestamptz, clock_timestamp())
$$;
