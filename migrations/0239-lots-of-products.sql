-- Of a product's keys nearly all are serials, and each was an entry more of a capture. Lots are found by this index; all
-- that belongs to a product by the beginning of its key, which the unique index on keys serves already.
create index trace_key_lot_of on trace_key (gtin, id) where level = 'lot';
drop index trace_key_gtin;
