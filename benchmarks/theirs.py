"""Label Studio's hand-out as SQL: random order over the rest, a lock row, counts kept in the task row."""

from __future__ import annotations


def seed(size: int, people: int) -> list[str]:
    """Its tables as large as ours, with the indexes it has."""
    del people
    return [
        "DROP TABLE IF EXISTS ls_task, ls_annotation, ls_lock",
        "CREATE TABLE ls_task (id bigserial PRIMARY KEY, project_id int NOT NULL, data jsonb NOT NULL, "
        "is_labeled boolean NOT NULL DEFAULT false, overlap int NOT NULL DEFAULT 3, total_annotations int NOT NULL "
        "DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now())",
        "CREATE TABLE ls_annotation (id bigserial PRIMARY KEY, task_id bigint NOT NULL REFERENCES ls_task, "
        "completed_by int NOT NULL, result jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now())",
        "CREATE TABLE ls_lock (id bigserial PRIMARY KEY, task_id bigint NOT NULL REFERENCES ls_task, user_id int NOT NULL, "
        "expire_at timestamptz NOT NULL, UNIQUE (task_id, user_id))",
        f"INSERT INTO ls_task (project_id, data) SELECT 1, jsonb_build_object('prompt', g) FROM generate_series(1, {size}) g",
        "CREATE INDEX ON ls_task (project_id, is_labeled)",
        "CREATE INDEX ON ls_annotation (task_id)",
        "CREATE INDEX ON ls_annotation (completed_by)",
    ]


CYCLE = """\\set person random(1, 500)
BEGIN;
SELECT id AS task FROM (SELECT id FROM ls_task WHERE project_id = 1 AND NOT is_labeled AND id NOT IN (SELECT task_id FROM ls_annotation WHERE completed_by = :person) ORDER BY random() LIMIT 50) rest LIMIT 1 \\gset
SELECT id FROM ls_task WHERE id = :task FOR UPDATE SKIP LOCKED;
SELECT count(*) FROM ls_lock WHERE task_id = :task AND user_id <> :person AND expire_at > now();
SELECT count(*) FROM ls_annotation WHERE task_id = :task;
SELECT count(*) FROM ls_lock WHERE task_id = :task AND expire_at > now();
INSERT INTO ls_lock (task_id, user_id, expire_at) VALUES (:task, :person, now() + interval '1 hour') ON CONFLICT (task_id, user_id) DO UPDATE SET expire_at = excluded.expire_at;
DELETE FROM ls_lock WHERE task_id = :task AND expire_at < now();
COMMIT;
BEGIN;
INSERT INTO ls_annotation (task_id, completed_by, result) VALUES (:task, :person, '[{"value": {"choices": ["a"]}}]');
UPDATE ls_task SET total_annotations = (SELECT count(*) FROM ls_annotation WHERE task_id = :task), is_labeled = (SELECT count(*) FROM ls_annotation WHERE task_id = :task) >= overlap, updated_at = now() WHERE id = :task;
DELETE FROM ls_lock WHERE task_id = :task AND user_id = :person;
COMMIT;
"""
