CREATE TABLE stock (left_over int NOT NULL);
INSERT INTO stock VALUES (100);
CREATE TABLE coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL);
CREATE TABLE outbox (id bigserial PRIMARY KEY, message text NOT NULL, sent boolean NOT NULL DEFAULT false);
