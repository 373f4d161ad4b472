-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

create index merchant_by_node on merchant (node, id) where node is not null;

create index product_by_catalogue on product (catalogue, id) where catalogue is not null;

create index catalogue_entry_by_parent on catalogue_entry (parent, id) where parent is not null;

create index material_receipt_by_supplier on material_receipt (supplier, id) where supplier is not null;

create index morning_check_by_device on morning_check (device, id) where device is not null;

create index retained_sample_by_device on retained_sample (device, id) where device is not null;

create index core_temperature_by_device on core_temperature (device, id) where device is not null;

create index oil_check_by_device on oil_check (device, id) where device is not null;

create index uv_disinfection_by_device on uv_disinfection (device, id) where device is not null;

create index gas_check_by_device on gas_check (device, id) where device is not null;

create index rat_board_check_by_device on rat_board_check (device, id) where device is not null;

create index scale_receipt_by_purchase on scale_receipt (purchase, id) where purchase is not null;
create index scale_receipt_by_device on scale_receipt (device, id) where device is not null;

create index field_device_by_site on field_device (site, id) where site is not null;

create index alarm_rule_by_device on alarm_rule (device, id) where device is not null;

create index device_alarm_by_device on device_alarm (device, id) where device is not null;
create index device_alarm_by_rule on device_alarm (rule, id) where rule is not null;

create index ai_finding_by_device on ai_finding (device, id) where device is not null;
create index ai_finding_by_rule on ai_finding (rule, id) where rule is not null;

create index video_camera_by_device on video_camera (device, id) where device is not null;
create index video_camera_by_site on video_camera (site, id) where site is not null;

create index video_snapshot_by_camera on video_snapshot (camera, id) where camera is not null;
create index video_snapshot_by_alarm on video_snapshot (alarm, id) where alarm is not null;

create index inspection_by_subject on inspection (subject, id) where subject is not null;
create index inspection_by_template on inspection (template, id) where template is not null;

create index sampling_test_by_subject on sampling_test (subject, id) where subject is not null;

create index recall_order_by_subject on recall_order (subject, id) where subject is not null;

create index recall_task_by_recall on recall_task (recall, id) where recall is not null;
create index recall_task_by_holder on recall_task (holder, id) where holder is not null;

create index complaint_by_subject on complaint (subject, id) where subject is not null;
