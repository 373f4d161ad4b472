-- Options that an operator's dictionary supplements (decision 0170): the form of an option is held here, the words at the door.

alter table site drop constraint site_use_1;
alter table site add constraint site_use_1 check (use ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table site validate constraint site_use_1;

alter table retained_sample drop constraint retained_sample_meal_1;
alter table retained_sample add constraint retained_sample_meal_1 check (meal ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table retained_sample validate constraint retained_sample_meal_1;

alter table video_camera drop constraint video_camera_scene_1;
alter table video_camera add constraint video_camera_scene_1 check (scene ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table video_camera validate constraint video_camera_scene_1;

alter table practitioner drop constraint practitioner_post_1;
alter table practitioner add constraint practitioner_post_1 check (post ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table practitioner validate constraint practitioner_post_1;

alter table complaint drop constraint complaint_channel_1;
alter table complaint add constraint complaint_channel_1 check (channel ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table complaint validate constraint complaint_channel_1;

alter table storage_medium drop constraint storage_medium_medium_1;
alter table storage_medium add constraint storage_medium_medium_1 check (medium ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table storage_medium validate constraint storage_medium_medium_1;

alter table data_destruction drop constraint data_destruction_method_1;
alter table data_destruction add constraint data_destruction_method_1 check (method ~ '^[a-z0-9][a-z0-9-]{0,39}$') not valid;
alter table data_destruction validate constraint data_destruction_method_1;
