-- The columns that an account looks at in a list, and their order.

create table list_columns (
  account_id uuid not null references account (id),
  kind text not null,
  columns text not null check (char_length(columns) between 1 and 2000),
  updated_at timestamptz not null,
  primary key (account_id, kind)
);
grant select, insert, update, delete on list_columns to shisu_web;
