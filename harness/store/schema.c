#include "store/schema.h"

#include <stddef.h>

#define OF_RUN "run INTEGER NOT NULL REFERENCES run(run) ON DELETE CASCADE"
#define TALLY_DEFINITION                                                                                     \
    "planned INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT "  \
    "0,"                                                                                                     \
    "skipped INTEGER NOT NULL DEFAULT 0, landed INTEGER NOT NULL DEFAULT 0, uncounted INTEGER NOT NULL "     \
    "DEFAULT 0,"                                                                                             \
    "wrong_status INTEGER NOT NULL DEFAULT 0, expected_status INTEGER NOT NULL DEFAULT 0,"                   \
    "received_bytes INTEGER NOT NULL DEFAULT 0, abandoned INTEGER NOT NULL DEFAULT 0,"                       \
    "late INTEGER NOT NULL DEFAULT 0, too_late INTEGER NOT NULL DEFAULT 0,"                                  \
    "uncorrelated INTEGER NOT NULL DEFAULT 0"

/* Probe 0 is what the hunt was asked (flow/settings.h). */
const char schema_probe[] =
    "CREATE TABLE probe (" OF_RUN ", probe INTEGER NOT NULL, trial INTEGER NOT NULL, step TEXT NOT NULL,"
    " mix TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, says TEXT NOT NULL, key TEXT,"
    " reused_from INTEGER, started_s REAL, ended_s REAL, requests INTEGER NOT NULL,"
    " PRIMARY KEY (run, probe)) STRICT, WITHOUT ROWID";
const char schema_probe_key[] = "CREATE INDEX probe_key ON probe(key, run, probe) WHERE key IS NOT NULL";

const char schema_finding_curl[] =
    "CREATE TABLE finding_curl (" OF_RUN ", finding INTEGER NOT NULL, number INTEGER NOT NULL,"
    " line TEXT NOT NULL, PRIMARY KEY (run, finding, number)) STRICT, WITHOUT ROWID";

/* What production suspected when the run began, a row for each endpoint; it is none of the result's, for it stays when a hunt goes
 * on. */
const char schema_suspect[] =
    "CREATE TABLE suspect (" OF_RUN ", suspect INTEGER NOT NULL, number INTEGER NOT NULL,"
    " endpoint TEXT NOT NULL, probability REAL NOT NULL, bytes_per_request REAL, share REAL,"
    " PRIMARY KEY (run, suspect, number)) STRICT, WITHOUT ROWID";

/* A run that is one shard of several; `kept` is what merging takes from it beside the other tables (flow/soak_kept.c), once it
 * has ended. */
const char schema_shard[] =
    "CREATE TABLE shard (run INTEGER PRIMARY KEY REFERENCES run(run) ON DELETE CASCADE, shard INTEGER NOT "
    "NULL,"
    " shards INTEGER NOT NULL, key TEXT NOT NULL, kept TEXT) STRICT";

/* What a merged run was put together from. */
const char schema_part[] =
    "CREATE TABLE part (" OF_RUN ", shard INTEGER NOT NULL, shards INTEGER NOT NULL, source TEXT NOT NULL,"
    " source_run INTEGER NOT NULL, planned INTEGER NOT NULL, done INTEGER NOT NULL, PRIMARY KEY (run, shard))"
    " STRICT, WITHOUT ROWID";

/* Unknown numbers are NULL, never 0 and never a magic value. Names that repeat in every row
 * (signals, endpoints, sites) are kept once, in `name`. Rows are clustered by run, so that
 * one run is read without touching another. */
const char *const schema_tables[] = {
    "CREATE TABLE name (name_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",

    /* AUTOINCREMENT: people write run numbers down, so a number is never given twice. */
    "CREATE TABLE run (run INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, service TEXT NOT NULL,"
    " label TEXT NOT NULL, arguments TEXT NOT NULL, seed TEXT NOT NULL, seep_version TEXT NOT NULL,"
    " started_us INTEGER NOT NULL, ended_us INTEGER, verdict TEXT, reason TEXT, confidence REAL, exit_code "
    "INTEGER,"
    " peak_bytes REAL, requests INTEGER, trials INTEGER, seconds REAL, lag_p50_us REAL, lag_p99_us REAL,"
    " lag_max_us REAL, own_max_rss_bytes REAL, kept_bytes REAL, observed_bytes REAL, observed_seconds REAL,"
    " observed_explained REAL, observed_low REAL, observed_high REAL,"
    " driver_pid INTEGER, driver_start INTEGER, driver_boot TEXT, ended_early INTEGER, target TEXT, machine "
    "TEXT, " TALLY_DEFINITION ") STRICT",
    "CREATE INDEX run_label ON run(label, run)",

    "CREATE TABLE trial (" OF_RUN ", trial INTEGER NOT NULL, step TEXT NOT NULL, mix TEXT NOT NULL,"
    " started_s REAL, ended_s REAL, pid INTEGER NOT NULL, requests INTEGER NOT NULL, note TEXT NOT NULL,"
    " PRIMARY KEY (run, trial)) STRICT, WITHOUT ROWID",

    "CREATE TABLE block (" OF_RUN ", trial INTEGER NOT NULL, block INTEGER NOT NULL, step TEXT NOT NULL,"
    " mix TEXT NOT NULL, first_request INTEGER NOT NULL, last_request INTEGER NOT NULL, started_s REAL,"
    " ended_s REAL, PRIMARY KEY (run, trial, block)) STRICT, WITHOUT ROWID",

    /* `arrival` keeps two readings of one microsecond apart, in the order in which they were put. `settled` is an enum
     * sample_kind: 0 timed, 1 settled, 2 judged. */
    "CREATE TABLE sample (" OF_RUN
    ", at_us INTEGER NOT NULL, arrival INTEGER NOT NULL, trial INTEGER NOT NULL,"
    " signal INTEGER NOT NULL REFERENCES name(name_id), settled INTEGER NOT NULL, requests INTEGER NOT NULL,"
    " value REAL, PRIMARY KEY (run, at_us, arrival)) STRICT, WITHOUT ROWID",

    /* `second` is the first of `seconds` that the row sums up; see roll.h. */
    "CREATE TABLE outcome (" OF_RUN ", second INTEGER NOT NULL, trial INTEGER NOT NULL,"
    " endpoint INTEGER NOT NULL REFERENCES name(name_id), " TALLY_DEFINITION ", lag_max_us REAL,"
    " service_sum_us REAL, service_max_us REAL, seconds INTEGER NOT NULL DEFAULT 1,"
    " PRIMARY KEY (run, second, trial, endpoint)) STRICT, WITHOUT ROWID",

    "CREATE TABLE measurement (" OF_RUN
    ", measurement INTEGER NOT NULL, trial INTEGER NOT NULL, step TEXT NOT NULL,"
    " mix TEXT NOT NULL, signal TEXT NOT NULL, objects INTEGER NOT NULL, requests INTEGER NOT NULL,"
    " per_request REAL, low REAL, high REAL, verdict TEXT NOT NULL, note TEXT NOT NULL,"
    " PRIMARY KEY (run, measurement)) STRICT, WITHOUT ROWID",

    schema_probe,
    schema_probe_key,

    "CREATE TABLE snapshot (" OF_RUN
    ", snapshot INTEGER NOT NULL, trial INTEGER NOT NULL, requests INTEGER NOT NULL,"
    " name TEXT NOT NULL, format TEXT NOT NULL, skipped INTEGER NOT NULL, PRIMARY KEY (run, snapshot))"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE site (" OF_RUN ", snapshot INTEGER NOT NULL, number INTEGER NOT NULL,"
    " site INTEGER NOT NULL REFERENCES name(name_id), bytes REAL, objects REAL, quantum REAL,"
    " PRIMARY KEY (run, snapshot, number),"
    " FOREIGN KEY (run, snapshot) REFERENCES snapshot(run, snapshot) ON DELETE CASCADE) STRICT, WITHOUT "
    "ROWID",

    "CREATE TABLE load (" OF_RUN ", endpoint INTEGER NOT NULL REFERENCES name(name_id), " TALLY_DEFINITION ","
    " recorded_rate_per_second REAL, p50_us REAL, p99_us REAL, max_us REAL, total_p50_us REAL,"
    " total_p99_us REAL, total_max_us REAL, lag_p50_us REAL, lag_p99_us REAL, lag_max_us REAL,"
    " service_sum_us REAL,"
    " PRIMARY KEY (run, endpoint))"
    " STRICT, WITHOUT ROWID",

    "CREATE TABLE finding (" OF_RUN ", finding INTEGER NOT NULL, kind TEXT NOT NULL, bytes_per_request REAL,"
    " low REAL, high REAL, objects_per_request REAL, signal TEXT, per TEXT, linear_requests INTEGER NOT NULL,"
    " linear_bytes REAL, requests_that_grow TEXT, explained REAL, memory_limit_bytes REAL, days REAL,"
    " at_rate_per_second REAL, reproduce TEXT, bytes_per_day REAL, bytes_per_day_low REAL,"
    " bytes_per_day_high REAL, days_low REAL, days_high REAL,"
    " order_text TEXT, named_s REAL, bytes_per_second REAL, recording TEXT, PRIMARY KEY (run, finding)) "
    "STRICT, WITHOUT "
    "ROWID",
    "CREATE TABLE finding_endpoint (" OF_RUN ", finding INTEGER NOT NULL, number INTEGER NOT NULL,"
    " endpoint TEXT NOT NULL, PRIMARY KEY (run, finding, number)) STRICT, WITHOUT ROWID",
    "CREATE TABLE finding_confirmed (" OF_RUN ", finding INTEGER NOT NULL, number INTEGER NOT NULL,"
    " step TEXT NOT NULL, PRIMARY KEY (run, finding, number)) STRICT, WITHOUT ROWID",
    schema_finding_curl,
    "CREATE TABLE finding_site (" OF_RUN ", finding INTEGER NOT NULL, number INTEGER NOT NULL, site TEXT,"
    " whose TEXT NOT NULL, bytes_per_request REAL, requested_bytes_per_request REAL, objects_per_request "
    "REAL,"
    " called_from TEXT, package TEXT, version TEXT,"
    " PRIMARY KEY (run, finding, number)) STRICT, WITHOUT ROWID",

    "CREATE TABLE remark (" OF_RUN ", kind TEXT NOT NULL CHECK (kind IN ('cleared', 'not_looked_at')),"
    " remark INTEGER NOT NULL, why TEXT, PRIMARY KEY (run, kind, remark)) STRICT, WITHOUT ROWID",
    "CREATE TABLE remark_endpoint (" OF_RUN
    ", kind TEXT NOT NULL, remark INTEGER NOT NULL, number INTEGER NOT NULL,"
    " endpoint TEXT NOT NULL, PRIMARY KEY (run, kind, remark, number)) STRICT, WITHOUT ROWID",

    "CREATE TABLE signal_result (" OF_RUN
    ", number INTEGER NOT NULL, name TEXT NOT NULL, verdict TEXT NOT NULL,"
    " smallest_detectable REAL, objects INTEGER NOT NULL, per_request REAL, low REAL, high REAL,"
    " PRIMARY KEY (run, number)) STRICT, WITHOUT ROWID",
    "CREATE TABLE threshold (" OF_RUN
    ", number INTEGER NOT NULL, limit_text TEXT NOT NULL, outcome TEXT NOT NULL,"
    " value REAL, low REAL, high REAL, PRIMARY KEY (run, number)) STRICT, WITHOUT ROWID",
    "CREATE TABLE caveat (" OF_RUN ", number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, number))"
    " STRICT, WITHOUT ROWID",

    schema_suspect,
    schema_shard,
    schema_part,
    NULL,
};

#define ISO_AT(us) "strftime('%Y-%m-%dT%H:%M:%fZ', (" us ") / 1e6, 'unixepoch')"

const char *const schema_views[] = {
    "CREATE VIEW v_runs AS SELECT run, label, " ISO_AT(
        "started_us") " AS started, command, service, verdict, reason,"
                      " requests, trials, round(seconds, 1) AS seconds, exit_code, arguments FROM run",

    "CREATE VIEW v_trials AS SELECT t.run, t.trial, " ISO_AT(
        "r.started_us + t.started_s * 1e6") " AS started,"
                                            " round(t.ended_s - t.started_s, 3) AS seconds, t.step, t.mix, "
                                            "t.requests, t.pid, t.note"
                                            " FROM trial t JOIN run r USING (run)",

    "CREATE VIEW v_samples AS SELECT s.run, " ISO_AT(
        "r.started_us + s.at_us") " AS at, s.at_us / 1e6 AS at_s,"
                                  " s.trial, n.name AS signal, CASE s.settled WHEN 0 THEN 'timed' WHEN 1 "
                                  "THEN 'settled' ELSE 'judged' END AS kind, "
                                  "s.requests, s.value"
                                  " FROM sample s JOIN run r USING (run) JOIN name n ON n.name_id = s.signal",

    "CREATE VIEW v_measurements AS SELECT run, measurement, trial, step, mix, signal,"
    " iif(objects, 'objects', 'bytes') AS unit, requests, per_request, low, high, verdict, note FROM "
    "measurement",

    "CREATE VIEW v_probes AS SELECT p.run, p.probe, " ISO_AT(
        "r.started_us + p.started_s * 1e6") " AS at, round(p.ended_s - p.started_s, 3) AS seconds, p.step,"
                                            " p.mix, p.says, p.requests, nullif(p.trial, 0) AS trial,"
                                            " p.reused_from FROM probe p JOIN run r USING (run)"
                                            " WHERE p.probe > 0",

    /* The span, not the number of seconds with traffic: an endpoint called every
     * ten seconds has 0.1 per second. */
    "CREATE VIEW v_endpoint_rates AS WITH span AS (SELECT run, max(second + seconds) - min(second) AS "
    "seconds FROM "
    "outcome"
    " GROUP BY run) SELECT l.run, n.name AS endpoint, l.planned, l.done, l.failed, l.skipped,"
    " l.done - l.landed AS unexpected, round(l.done * 1.0 / span.seconds, 4) AS achieved_per_second,"
    " l.recorded_rate_per_second AS recorded_per_second, round(l.p50_us / 1e3, 3) AS p50_ms,"
    " round(l.p99_us / 1e3, 3) AS p99_ms, round(l.max_us / 1e3, 3) AS max_ms, l.late, l.too_late,"
    " l.uncorrelated, l.abandoned, round(l.lag_p99_us / 1e3, 3) AS lag_p99_ms,"
    " round(l.total_p99_us / 1e3, 3) AS total_p99_ms"
    " FROM load l JOIN name n ON n.name_id = l.endpoint LEFT JOIN span USING (run)",

    "CREATE VIEW v_sites AS SELECT s.run, s.finding, (SELECT group_concat(endpoint, ' + ') FROM "
    "finding_endpoint e"
    " WHERE e.run = s.run AND e.finding = s.finding) AS endpoints, s.site, s.whose, s.bytes_per_request,"
    " s.requested_bytes_per_request, s.objects_per_request, s.called_from, s.package, s.version FROM "
    "finding_site s",

    "CREATE VIEW v_snapshot_sites AS SELECT p.run, p.snapshot, p.trial, p.requests, p.name AS snapshot_name, "
    "p.format,"
    " n.name AS site, s.bytes, s.objects FROM site s JOIN snapshot p USING (run, snapshot)"
    " JOIN name n ON n.name_id = s.site",
    NULL,
};

const char *const schema_result_tables[] = {
    "finding_endpoint", "finding_confirmed", "finding_curl", "finding_site", "finding", "remark_endpoint",
    "remark",           "signal_result",     "threshold",    "caveat",       NULL,
};
