CREATE TABLE delivered (id bigserial PRIMARY KEY, user_id bigint NOT NULL);
