#!/usr/bin/env perl
# seep report and seep runs on a stored run, on one whose driver was killed, and on files that are no store.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $pricing = copy_service('pricing');
my $db = scratch() . '/seep.db';
my $ran = seep({env => {LEAK => 'off'}}, 'run', $pricing, '--db', $db, '--connections', 2, '--requests', 1500,
    '--label', 'short', '--json', '-');
like($ran->{out}, qr/^\{\s+"schema": 1,/, 'run --json - writes the result on standard output, and nothing else')
    or diag($ran->{err});

sub report { return seep('report', @_, '--db', $db) }

subtest 'the terminal by default' => sub {
    my $shown = report('last');
    is($shown->{exit}, 0, '0: rendered, whatever the verdict');
    is($shown->{err}, '', 'nothing on standard error');
    like($shown->{out}, qr/^(?:GROWTH|NO GROWTH|INCONCLUSIVE): /, 'the answer first');
    like($shown->{out}, qr/1,500 requests in 1 trial/, 'what it cost');
    unlike($shown->{out}, qr/\e/, 'no colours in a pipe');
    like(report('1', '--color', 'always')->{out}, qr/\e\[/, 'colours on demand');
    is(report('short')->{out}, $shown->{out}, 'by its label');
    is(report('1')->{out}, $shown->{out}, 'by its number');
};

subtest 'files' => sub {
    my %file = map { $_ => scratch() . "/report.$_" } qw(html json junit markdown);
    my $shown = report('last', map { ("--$_", $file{$_}) } sort keys %file);
    is($shown->{exit}, 0, 'several at once') or diag($shown->{err});
    is($shown->{out}, '', 'then nothing on standard output');
    is(json($file{json})->{label}, 'short', 'JSON');
    like(slurp($file{html}), qr/^<!doctype html>.*<\/html>\n\z/s, 'page');
    like(slurp($file{junit}), qr/^<\?xml .*<\/testsuites>\n\z/s, 'JUnit');
    like(slurp($file{markdown}), qr/^### seep: /, 'Markdown');
    cmp_ok(scalar(() = slurp($file{markdown}) =~ /\n/g), '<', 60, 'Markdown is short');
    my $directory = scratch() . '/csv';
    is(report('last', '--csv', $directory)->{exit}, 0, 'CSV');
    like(slurp("$directory/samples.csv"), qr/^at_s,trial,signal,kind,requests,value\n[\d.]+,1,\w+,/, 'samples');
    is(scalar(my @left = glob(scratch() . '/*.part')), 0, 'nothing half-written is left');
};

# As schema 1 had it: without the columns that came later.
subtest 'a store that an older seep made' => sub {
    my $old = scratch() . '/old.db';
    my %later = (run => [qw(lag_max_us abandoned late too_late uncorrelated kept_bytes observed_bytes observed_seconds observed_explained
            observed_low observed_high driver_pid driver_start driver_boot ended_early target machine)],
        finding => [qw(bytes_per_day bytes_per_day_low bytes_per_day_high days_low days_high order_text named_s bytes_per_second recording)],
        finding_site => [qw(called_from package version)],
        outcome => [qw(seconds abandoned late too_late uncorrelated)],
        load => [qw(abandoned late too_late uncorrelated total_p50_us total_p99_us total_max_us lag_p50_us lag_p99_us lag_max_us service_sum_us)]);
    my $sql = 'DROP VIEW v_endpoint_rates; DROP VIEW v_probes; DROP VIEW v_sites; DROP TABLE probe; DROP TABLE finding_curl; DROP TABLE suspect; DROP TABLE shard; DROP TABLE part; PRAGMA user_version = 1;';
    for my $table (sort keys %later) {
        $sql .= "ALTER TABLE $table DROP COLUMN $_;" for @{$later{$table}};
    }
    is(system('sqlite3', $db, ".backup $old"), 0, 'copied');
    is(system('sqlite3', $old, $sql), 0, 'as it was');
    my $shown = seep('report', 'last', '--db', $old);
    is($shown->{exit}, 0, 'is read') or diag($shown->{err});
    like($shown->{out}, qr/1,500 requests in 1 trial/, 'with what it holds');
    is(seep('runs', '--db', $old)->{exit}, 0, 'and listed');
    chomp(my $version = qx(sqlite3 $old 'PRAGMA user_version'));
    is($version, 1, 'reading changes nothing');
    seep({env => {LEAK => 'off'}}, 'run', $pricing, '--db', $old, '--connections', 1, '--requests', 20);
    chomp($version = qx(sqlite3 $old 'PRAGMA user_version; SELECT count(*) FROM v_endpoint_rates WHERE late IS NULL'));
    is($version, "9\n0", 'the next run brings it up to date');
    like(seep('report', 'short', '--db', $old)->{out}, qr/1,500 requests/, 'and leaves what was there');
};

subtest 'runs' => sub {
    my $listed = seep('runs', '--db', $db);
    is($listed->{exit}, 0, 'exit code');
    my ($head, @rows) = split /\n/, $listed->{out};
    like($head, qr/^run  label +started \(UTC\) +command +service +verdict +requests +took +finding$/, 'heads');
    like($rows[0], qr/^  1  short  \d{4}-\d\d-\d\d \d\d:\d\d +run +\S+ +\w+ +1,500 /, 'the run');
};

subtest 'complaints are one line' => sub {
    my $spoilt = spit(scratch() . '/spoilt.db', "this is not a database\n" x 100);
    my @cases = (
        [['report', 'nosuch', '--db', $db], 200, qr/no run 'nosuch' in /],
        [['report', '9', '--db', $db], 200, qr/no run '9' in .*the last is 1/],
        [['report', '--db', $db], 200, qr/report needs one RUN/],
        [['report', '1', '--html', '-', '--json', '-', '--db', $db], 200, qr/only one report/],
        [['report', '1', '--csv', '-', '--db', $db], 200, qr/--csv writes several files/],
        [['report', '1', '--db', scratch() . '/none.db'], 200, qr/.*none\.db: No such file/],
        [['report', '1', '--db', $spoilt], 202, qr/.*spoilt\.db: not a store of seep/],
        [['report', '1', '--json', scratch() . '/no/such/place.json', '--db', $db], 202, qr/.*place\.json: No such file/],
        [['report', '1', '--json', '/dev/full', '--db', $db], 202, qr{/dev/full: No space left}],
        [['runs', 'x', '--db', $db], 200, qr/runs takes no operands/],
    );
    for my $case (@cases) {
        my ($arguments, $exit, $complaint) = @$case;
        my $ran = seep(@$arguments);
        is($ran->{exit}, $exit, "@$arguments[0, 1]: exit $exit") or diag($ran->{err});
        like($ran->{err}, qr/^seep: $complaint.*\n\z/, 'one line');
    }
    ok(!-e scratch() . '/none.db', 'a missing store is not made by reading it');
};

subtest 'a driver that was killed' => sub {
    my $killed = seep({env => {LEAK => 'off'}, kill => [6, 'KILL']}, 'run', $pricing, '--db', $db, '--connections', 2,
        '--duration', '60s', '--label', 'killed');
    is($killed->{exit}, 'signal 9', 'killed');
    chomp(my $check = qx(sqlite3 $db 'PRAGMA integrity_check'));
    is($check, 'ok', 'the store is whole');
    my $shown = report('killed');
    is($shown->{exit}, 0, 'it is reported') or diag($shown->{err});
    like($shown->{out}, qr/^INCONCLUSIVE: the run was not ended/, 'as inconclusive');
    chomp(my $samples = qx(sqlite3 $db "SELECT count(*) FROM v_samples JOIN v_runs USING (run) WHERE label = 'killed'"));
    cmp_ok($samples, '>', 5, 'with what was measured');
    like(seep('runs', '--db', $db)->{out}, qr/^  2  killed .*\(not ended\)/m, 'and listed');
};

done_testing();
