-- Taking rows from the watch skips those that another process has locked, which asks for this right.
grant update on hold_watch to shisu_web;
