// Entry module of the sign-in page: tells the server the time zone by which the person's days are counted.

const field = document.querySelector("[data-time-zone]");
if (field) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
