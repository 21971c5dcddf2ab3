-- a file; with a semicolon
INSERT INTO step (what) VALUES ('from a file');
INSERT INTO step (what) VALUES ('and more');
