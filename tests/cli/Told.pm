# Stores whose runs are made up, for tests of what is said of a run: a store holds all that a report shows.
package Told;
use strict;
use warnings;
use Exporter qw(import);
use Seep;

our @EXPORT = qw(told_store told_run hostile);

# Bytes that would move a cursor, open a tag, mention somebody, end a cell or give a command to a CI's runner.
sub hostile { return "GET /\e[31m\e]0;x\a<script>alert(1)</script>\"'&|`x` ```y``` \@octocat #1 !2 https://evil.example/ \x01\x7f%0A::error::x\n::stop-commands::y\n##[add-matcher]z\r" }

sub quoted {
    my ($value) = @_;
    return 'NULL' if !defined $value;
    return $value if $value =~ /\A-?\d+(?:\.\d+)?\z/;
    return "CAST(x'" . unpack('H*', $value) . "' AS TEXT)";
}

sub insert {
    my ($table, %row) = @_;
    my @keys = sort keys %row;
    return "INSERT INTO $table (" . join(', ', @keys) . ') VALUES (' . join(', ', map { quoted($row{$_}) } @keys) . ");\n";
}

# An empty store: what is left of a run whose options exclude one another.
sub told_store {
    my ($name) = @_;
    my $service = make_service("$name-service", "target: http://127.0.0.1:1\nallow: [127.0.0.1]\n", ['GET /a', '', ['/a']]);
    my $db = scratch() . "/$name.db";
    my $refused = seep('run', $service, '--db', $db, '--speed', '1x', '--rate', '1/s');
    die $refused->{err} if $refused->{exit} != 200 || !-e $db;
    return $db;
}

my $run = 1;

# Adds a run; its label is its name. given: columns of `run`, and lists of rows: findings (with endpoints, confirmed, curl
# and sites), thresholds, caveats, cleared and not_looked_at ([endpoint, why]), signals, loads (names), samples (bytes), suspects ([probability, bytes per request, share,
# endpoints]).
sub told_run {
    my ($db, $label, %given) = @_;
    my %list = map { $_ => delete $given{$_} // [] } qw(findings thresholds caveats cleared not_looked_at signals loads samples probes suspects);
    my $number = ++$run;
    my $sql = "BEGIN;\n" . insert('run', run => $number, command => 'bisect', service => 'scenarios/x', label => $label, arguments => '', seed => '1',
        seep_version => '0.1.0', started_us => 1714533164000000, ended_us => 1714533264000000, verdict => 'growth', reason => 'made up',
        confidence => 0.97, exit_code => 1, requests => 46800, trials => 9, seconds => 41.2, planned => 100, done => 100, landed => 100,
        lag_p50_us => 16, lag_p99_us => 210, lag_max_us => 900, peak_bytes => 83886080, own_max_rss_bytes => 14680064, %given);
    my %of = (run => $number);
    my $at = 0;
    for my $finding (@{$list{findings}}) {
        my %row = %$finding;
        my %part = map { $_ => delete $row{$_} // [] } qw(endpoints confirmed curl sites);
        $of{finding} = ++$at;
        $sql .= insert('finding', %of, kind => 'alone', bytes_per_request => 40.3, low => 39.9, high => 40.7, objects_per_request => 1,
            signal => 'live_objects', per => $part{endpoints}[0], linear_requests => 10000, linear_bytes => 403000, %row);
        for my $part ([finding_endpoint => endpoint => 'endpoints'], [finding_confirmed => step => 'confirmed'], [finding_curl => line => 'curl']) {
            my ($table, $column, $key) = @$part;
            my $n = 0;
            $sql .= insert($table, %of, number => ++$n, $column => $_) for @{$part{$key}};
        }
        my $n = 0;
        $sql .= insert('finding_site', %of, number => ++$n, whose => 'yours', bytes_per_request => 32, requested_bytes_per_request => 24,
            objects_per_request => 1, %$_) for @{$part{sites}};
    }
    delete $of{finding};
    my $n = 0;
    $sql .= insert('threshold', %of, number => ++$n, outcome => 'fail', value => 40.3, low => 39.9, high => 40.7, %$_) for @{$list{thresholds}};
    $n = 0;
    $sql .= insert('caveat', %of, number => ++$n, text => $_) for @{$list{caveats}};
    for my $kind (qw(cleared not_looked_at)) {
        $n = 0;
        for my $remark (@{$list{$kind}}) {
            $sql .= insert('remark', %of, kind => $kind, remark => ++$n, why => $remark->[1]);
            $sql .= insert('remark_endpoint', %of, kind => $kind, remark => $n, number => 1, endpoint => $remark->[0]);
        }
    }
    $n = 0;
    $sql .= insert('signal_result', %of, number => ++$n, objects => 0, smallest_detectable => 2.2, per_request => 40.1, low => 39, high => 41, %$_)
        for @{$list{signals}};
    for my $name (@{$list{loads}}) {
        $sql .= 'INSERT OR IGNORE INTO name (name) VALUES (' . quoted($name) . ");\n";
        $sql .= 'INSERT INTO load (run, endpoint, planned, done, landed, recorded_rate_per_second, p50_us, p99_us, max_us, total_p50_us, total_p99_us,'
            . " total_max_us, lag_p50_us, lag_p99_us, lag_max_us) SELECT $number, name_id, 100, 100, 100, 1.5, 400, 900, 1100, 420, 1000, 1300, 16, 210, 900"
            . ' FROM name WHERE name = ' . quoted($name) . ";\n";
    }
    $sql .= insert('trial', %of, trial => 1, step => 'soak', mix => 'all', started_s => 0, ended_s => 41, pid => 1, requests => 100, note => '');
    $sql .= insert('block', %of, trial => 1, block => 1, step => 'soak', mix => 'all', first_request => 0, last_request => 100, started_s => 0, ended_s => 40);
    $sql .= "INSERT OR IGNORE INTO name (name) VALUES ('rss');\n" if @{$list{samples}};
    $n = 0;
    for my $bytes (@{$list{samples}}) {
        $n++;
        $sql .= "INSERT INTO sample (run, at_us, arrival, trial, signal, settled, requests, value) SELECT $number, $n * 100000, 0, 1, name_id, 0, $n, $bytes FROM name WHERE name = 'rss';\n";
    }
    $n = 0;
    for my $suspect (@{$list{suspects}}) {
        $n++;
        my ($probability, $bytes, $share, @endpoints) = @$suspect;
        $sql .= insert('suspect', %of, suspect => $n, number => $_ + 1, endpoint => $endpoints[$_], probability => $probability, bytes_per_request => $bytes, share => $share)
            for 0 .. $#endpoints;
    }
    $n = 0;
    $sql .= insert('probe', %of, probe => ++$n, trial => 1, step => 'screen', question => "q$n", answer => '{}', started_s => 0, ended_s => $n, requests => 10,
        %$_) for @{$list{probes}};
    $sql .= "COMMIT;\n";
    spit("$db.sql", $sql);
    system("sqlite3 -bail '$db' < '$db.sql'") == 0 or die "sqlite3 of $label";
    return $number;
}

1;
