#!/usr/bin/env perl
# Soaks of days, made up through seep's own store: they stay small, lose nothing that a verdict rests on, not even where the process is
# killed while it rolls up, and reports of them stay small as well. FAULTS=short: one of
# three days, read every five seconds; else another, read every second, and a real one whose clocks run twenty times as fast.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli", "$FindBin::Bin/../bench/soak";
use Test::More;
use Time::HiRes qw(sleep);
use Seep;
use Soak;
use Table;

my ($days, $outcomes) = (3, 2_000_000);
my %every_s = (leaks => 5, short_form() ? () : (flat => 1));
my @kinds = sort keys %every_s;
my %verdict = (leaks => 'growth', flat => 'no_growth');
my %db = map { $_ => scratch() . "/$_.db" } @kinds;

# What a run put and what its store has of it.
sub put {
    my ($kind) = @_;
    my $out = qx('${\simulate_command()}' '$db{$kind}' $days $outcomes $every_s{$kind} $kind 2>'${\scratch()}/simulate');
    is($?, 0, "$kind: written") or diag(slurp(scratch() . '/simulate'));
    return lines_of($out);
}

for my $kind (@kinds) {
    subtest "$kind: what is kept is what was put" => sub {
        my @lines = put($kind);
        cmp_ok(scalar @lines, '>', 150, 'figures');
        my @wrong = grep { !$_->[3] && $_->[1] ne $_->[2] } @lines;
        is(scalar @wrong, 0, 'sums, readings, gaps, beginnings, ends, extremes and verdicts are equal') or diag(join "\n", map { "@$_[0 .. 2]" } @wrong);
        my %kept = map { $_->[0] => $_->[2] } @lines;
        is($kept{verdict}, $verdict{$kind}, 'the verdict');
        is($kept{'requests'}, $outcomes, 'every outcome');
        is($kept{'gaps of live_bytes'} > 0, 1, 'a gap');
        is($kept{"verdict of $_, readings"}, $verdict{$kind}, "$_ from its readings") for qw(rss live_bytes rss[411]);
        tried("a $kind soak of $days days, " . ($kept{requests} / 1e6) . ' million outcomes', 1,
            sprintf('%.1f MB, verdict %s, as from what was put', (-s $db{$kind}) / 1e6, $kept{verdict}), 'nothing');
    };

    subtest "$kind: it stays small" => sub {
        my $db = $db{$kind};
        cmp_ok(-s $db, '<', size_most($days, SIGNALS, ENDPOINTS), 'bytes');
        is(ask($db, 'PRAGMA integrity_check'), 'ok', 'the database is whole');
        my $old = "at_us < ($days * 86400 - 86400 - 120) * 1000000";
        cmp_ok(ask($db, "SELECT max(n) FROM (SELECT count(*) AS n FROM sample WHERE $old AND settled = 0 GROUP BY signal, at_us / 60000000)"), '<=', 4,
            'of a minute before the last day the last, the lowest, the highest, and the first where there was none before');
        cmp_ok(ask($db, "SELECT count(*) FROM sample WHERE $old"), '<=', SIGNALS * ($days - 1) * 1440 * 3 + 2000, 'samples of those days');
        cmp_ok(ask($db, 'SELECT count(*) FROM outcome WHERE seconds = 60'), '<=', ENDPOINTS * $days * 1440, 'rows of outcomes');
        is(ask($db, "SELECT count(*) FROM outcome WHERE seconds < 60 AND second < $days * 86400 - 7200 - 120"), 0, 'all old ones are by the minute');
        cmp_ok(ask($db, 'PRAGMA freelist_count'), '<', 500, 'what rolling frees is used again');
    };
}

my $db = $db{leaks};

# In a process of its own: what it takes at most is bounded by a limit on its address space.
sub report {
    my ($megabytes, @arguments) = @_;
    my @words = map { s/'/'\\''/gr } @arguments;
    my $command = join ' ', map { "'$_'" } $ENV{SEEP} // root() . '/build/seep', @words, '--db', $db;
    return seep_limited($megabytes, $command);
}

sub seep_limited {
    my ($megabytes, $command) = @_;
    my $kib = $megabytes * 1024;
    my $out = qx(bash -c "ulimit -v $kib; $command" 2>'${\scratch()}/report.err');
    return {exit => $? >> 8, out => $out, err => slurp(scratch() . '/report.err')};
}

subtest 'reports, in bounded memory' => sub {
    my $dir = scratch();
    my $shown = report(160, 'report', 'last', map { ("--$_", "$dir/page.$_") } qw(html json junit markdown openmetrics prometheus));
    is($shown->{exit}, 0, 'files') or diag($shown->{err});
    is(report(160, 'report', 'last', '--csv', "$dir/csv")->{exit}, 0, 'CSV');
    is(json("$dir/page.json")->{verdict}, 'growth', 'the verdict');
    cmp_ok(-s "$dir/page.html", '<', 1_500_000, 'a page that a browser opens');
    cmp_ok(-s "$dir/page.json", '<', 200_000, 'JSON');
    is((qx(wc -l <'$dir/csv/samples.csv') - 1), ask($db, 'SELECT count(*) FROM sample'), 'CSV has every sample that is left');
    like(slurp("$dir/csv/samples.csv"), qr/,judged,/, 'and says which the verdict rests on');
    my ($sum) = slurp("$dir/page.openmetrics") =~ /_sum\{[^}]*things-0\/[^}]*\}[^}]*\} (\S+)/;
    cmp_ok(abs($sum - ask($db, "SELECT sum(service_sum_us) / 1e6 FROM outcome JOIN name ON name_id = endpoint WHERE name LIKE '%things-0/%'")), '<', 1,
        'times summed up, without going through the outcomes');
    like(report(160, 'report', 'last')->{out}, qr/^GROWTH: .*GET \/v1\/things-10\/\{thing\}\/details +25,\d+ +5\.8\d\/m .*2,000,000 requests in 1 trial, 3 d/s, 'the terminal');
};

# Killed while it writes and rolls up: until the last transaction all is there, as in the store of the run that was not.
subtest 'killed at any moment' => sub {
    my $times = short_form() ? 3 : 12;
    my $lost = 0;
    for my $time (1 .. $times) {
        my ($killed, $from_s) = (scratch() . "/killed-$time.db", short_form() ? 9000 : 9000 + rand 1.5 * 86400);
        my $pid = fork() // die "fork: $!";
        if ($pid == 0) {
            open STDOUT, '>', '/dev/null';
            open STDERR, '>', '/dev/null';
            exec simulate_command(), $killed, $days, $outcomes, $every_s{leaks}, 'leaks' or POSIX::_exit(127);
        }
        sleep 0.05 while !-s $killed || ask($killed, 'SELECT count(*) > 0 FROM sqlite_schema') ne '1' || (ask($killed, 'SELECT max(second) FROM outcome') || 0) < $from_s;
        sleep rand 0.5;
        kill 'KILL', $pid;
        waitpid $pid, 0;
        my $until = ask($killed, 'SELECT max(second) / 60 * 60 FROM outcome');
        my $same = 1;
        for my $query ("SELECT name, sum(planned), sum(done), max(service_max_us), max(lag_max_us) FROM outcome JOIN name ON name_id = endpoint WHERE second < $until GROUP BY name ORDER BY name",
            "SELECT name, min(value), max(value), sum(settled = 1), sum(settled = 2), sum(value IS NULL) FROM sample JOIN name ON name_id = signal WHERE at_us < $until * 1000000 GROUP BY name ORDER BY name") {
            $same &&= ask($killed, $query) eq ask($db, $query);
        }
        my $whole = ask($killed, 'PRAGMA integrity_check') eq 'ok';
        my $shown = seep('report', 'last', '--db', $killed);
        $lost++ if !ok($same && $whole && $shown->{exit} == 0 && $shown->{out} =~ /was not ended/, "after $until s of the run");
        unlink glob "$killed*";
    }
    tried('killed while it writes and rolls up', $times, 'integrity_check ok; sums, extremes, readings and gaps up to the last transaction as in the run that ended',
        $lost ? "something, $lost times" : 'nothing that was committed');
};

# The flow itself: target, engine, watch and store, all of whose clocks run fast (clock.c).
subtest 'a real soak, twenty times as fast' => sub {
    plan skip_all => 'FAULTS=short' if short_form();
    my $shim = "$ENV{BUILD}/faults/clock.so";
    plan skip_all => "no $shim: `make test-faults` builds it" if !-e $shim;
    my $service = make_service('fast', "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: none\nready: GET /\nready_timeout: 1h\n"
        . 'start: {command: [python3, ' . root() . "/tests/servers/plain.py], environment: {KEEP: all}}\n", ['GET /a', '', map { ['/a'] } 1 .. 20]);
    my ($fast, $json) = (scratch() . '/fast.db', scratch() . '/fast.json');
    my $ran = seep({env => {CLOCK_SPEED => 20, LD_PRELOAD => $shim}}, 'run', $service, '--db', $fast, '--rate', '20/s', '--duration', '20m', '--no-early-stop', '--json', $json);
    my $result = eval { json($json) } // {};
    is($result->{verdict}, 'growth', 'the verdict') or diag("$ran->{out}$ran->{err}");
    cmp_ok($result->{seconds}, '>=', 1200, 'after twenty minutes by its clock');
    is(ask($fast, 'SELECT sum(planned) FROM outcome'), ask($fast, 'SELECT planned FROM run'), 'every outcome is there');
    cmp_ok(ask($fast, 'SELECT count(*) FROM outcome WHERE seconds = 10'), '>', 20, 'old ones rolled up');
    is(ask($fast, 'SELECT count(*) FROM outcome WHERE seconds = 1 AND second < (SELECT max(second) FROM outcome) - 900'), 0, 'all of them');
    cmp_ok(ask($fast, "SELECT count(*) FROM v_samples WHERE signal = 'rss' AND kind = 'judged'"), '>=', 40, 'the readings of the verdict are all there');
    cmp_ok(ask($fast, "SELECT max(n) FROM (SELECT count(*) AS n FROM v_samples WHERE kind = 'timed' AND at_s < 300 GROUP BY signal, cast(at_s AS INTEGER))"), '<=', 4,
        'timed ones of a second are few');
    tried('a real soak of twenty minutes, its clocks twenty times as fast', 1, "verdict $result->{verdict}, rolled up meanwhile", 'nothing');
};

done_testing();
