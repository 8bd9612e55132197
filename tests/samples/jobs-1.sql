PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, task TEXT NOT NULL, state TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '', exit_code INTEGER,
        created TEXT NOT NULL, start_at TEXT, started TEXT, ended TEXT, heard TEXT,
        pid INTEGER, host TEXT, stop_asked INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL DEFAULT 0,
        received INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
        count INTEGER NOT NULL DEFAULT 0, speed REAL NOT NULL DEFAULT 0, remaining REAL);
INSERT INTO "jobs" VALUES(1,'alps','{"question": {"tile": ["32TPS"], "start": "2024-01-01T00:00:00+00:00", "product_type": ["S2MSI2A"], "cloud_cover": [0.0, 20.0]}, "directory": "/data/alps", "options": {"progress_file": "s2dl.progress", "unzip": "/data/alps/products", "keep_archive": false, "overwrite": false}, "settings": {"username": "me@example.org", "concurrent_downloads": 4}}','failed','1 downloaded, 1 offline (41.0 kB received)',1,'2026-11-23T00:04:06.186+00:00',NULL,'2026-11-23T00:04:06.219+00:00','2026-11-23T00:04:06.294+00:00','2026-11-23T00:04:06.255+00:00',4526,'station',0,1,41000,83000,2,2,0.0,NULL);
INSERT INTO "jobs" VALUES(2,NULL,'{"question": null, "directory": "/data/few", "options": {"progress_file": "s2dl.progress", "take_over": true}, "settings": {}}','stored','',NULL,'2026-11-23T00:04:06.337+00:00',NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,42000,0,1,0.0,NULL);
CREATE TABLE scenes (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
        size INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'waiting',
        reason TEXT NOT NULL DEFAULT '', path TEXT, md5 TEXT, seconds REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (job, name)) WITHOUT ROWID;
INSERT INTO "scenes" VALUES(1,0,'S2B_MSIL2A_20240601T101525_N0510_R022_T32TPS_20240601T160141.SAFE',41000,41000,'downloaded','','/data/alps/S2B_MSIL2A_20240601T101525_N0510_R022_T32TPS_20240601T160141.SAFE.zip','0123456789abcdef0123456789abcdef',1.5);
INSERT INTO "scenes" VALUES(1,1,'S2B_MSIL2A_20240604T102736_N0510_R065_T32TPS_20240604T170806.SAFE',42000,0,'offline','The service keeps it offline.',NULL,NULL,0.0);
INSERT INTO "scenes" VALUES(2,0,'S2B_MSIL2A_20240604T102736_N0510_R065_T32TPS_20240604T170806.SAFE',42000,0,'waiting','',NULL,NULL,0.0);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',2);
COMMIT;
