#!/usr/bin/env perl
# Faults of the target and of our own: each ends in bounded time, inconclusive with its reason or with a marked gap;
# never growth, never "no growth"; and nothing that was measured is lost.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $seep = $ENV{SEEP} // root() . '/build/seep';
my $tag = "faults-$$";
$ENV{SEEP_TEST_TAG} = $tag;
$ENV{LEAK} = 'off';

my $gunicorn = '--timeout, "600", --pythonpath, "' . root() . '/docker/staging/pricing", "faulty:app"';
sub faulty { # scenarios/pricing behind tests/servers/faulty.py
    my ($name, @edits) = @_;
    return copy_service($name, '"app:app"', $gunicorn, 'directory: [^}\n]+', 'directory: ' . root() . '/tests/servers', @edits);
}

sub left { # processes of ours that still run
    my @pids;
    for my $file (glob '/proc/[0-9]*/environ') {
        my ($pid) = $file =~ m{(\d+)/};
        push @pids, $pid if $pid != $$ && index(slurp($file), "SEEP_TEST_TAG=$tag") >= 0;
    }
    return @pids;
}

sub none_left { # the kernel needs a moment to end them
    my ($name) = @_;
    for (1 .. 100) {
        last if !left();
        select undef, undef, undef, 0.05;
    }
    is(join(' ', left()), '', $name);
}

sub whole { is(`sqlite3 '$_[0]' 'pragma integrity_check' 2>&1`, "ok\n", 'the store is whole') }

my @load = ('--connections', '4', '--requests', '3000', '-q');
my $service = faulty('faulty');

sub run_with {
    my ($fault, @more) = @_;
    return begin({name => $fault, env => {FAULT => $fault, FAULT_AFTER => 1000}}, 'run', $service, @load,
        '--db', $db, '--json', scratch() . "/$fault.json", @more);
}

# These take as long as a request may: they run beside all others.
my @slow = map { [$_->[0], $_->[1], run_with($_->[0])] } (
    ['hang', qr/^the target hangs: nothing was answered for \d+ s/],
    ['stop', qr/^the target hangs|^signal live_\w+ cannot be read/],
    ['signal-hangs', qr/^the target hangs|^signal live_\w+ cannot be read .*timed out/i]);

sub inconclusive {
    my ($ran, $pattern, $what) = @_;
    my $result = $ran->{result};
    is($ran->{exit}, 125, "$what: exit code") or diag($ran->{err});
    is($result->{verdict}, 'inconclusive', "$what: verdict");
    like($result->{reason} // '', $pattern, "$what: reason");
    unlike($result->{reason} // '', qr/\n/, "$what: one line");
    is_deeply($result->{findings}, [], "$what: no finding");
}

subtest 'a target that fails during a run' => sub {
    for my $case (['die', qr/^the target was killed by signal 9 \(Killed\) after [\d,]+ requests/],
                  ['errors', qr/^signal live_\w+ cannot be read after|^the replay did not land: .* answered otherwise/],
                  ['hang-up', qr/^signal live_\w+ cannot be read after|^the replay did not land: .* no answer/],
                  ['hang-up-often', qr/^the replay did not land: of 3,000 requests \d+ were answered otherwise than recorded and \d+ got no answer/],
                  ['signal-500', qr/^signal live_objects cannot be read after 3000 requests: GET .* answered 500/],
                  ['signal-html', qr/^signal live_objects cannot be read .* not JSON/],
                  ['signal-gone', qr/^live_objects fell from \d+ to 5000|^signal live_bytes cannot be read .* nothing at/],
                  ['signal-zero', qr/^live_objects fell from \d+ to 0 within/]) {
        my ($fault, $pattern) = @$case;
        inconclusive(gather(run_with($fault)), $pattern, $fault);
    }
};

subtest 'readings that did not come are gaps' => sub {
    my $ran = gather(run_with('signal-often'));
    ok((grep { /readings .* gaps: GET \S+ answered 500/ } @{$ran->{result}{caveats}}), 'said so') or diag($ran->{err});
    isnt($ran->{result}{verdict}, 'growth', 'they are no growth');
};

subtest 'a worker that dies and is replaced' => sub {
    my $ran = gather(run_with('worker'));
    isnt($ran->{result}{verdict}, 'growth', 'is no growth') or diag($ran->{err});
    ok((grep { /^\d+ readings found a worker replaced/ } @{$ran->{result}{caveats}}), 'is said');
    cmp_ok($ran->{result}{replay}{planned}, '==', 3000, 'and the run goes on');
};

subtest 'a target that fails during a hunt' => sub {
    my @jobs = map { [$_, begin({name => "hunt-$_", env => {FAULT => $_, FAULT_AFTER => 4000}}, 'bisect', $service, '-q', '--db', $db,
        '--json', scratch() . "/hunt-$_.json")] } qw(die signal-500);
    my %reason = (die => qr/^the target was killed by signal 9/, 'signal-500' => qr/^signal live_objects cannot be read after .* answered 500/);
    inconclusive(gather($_->[1]), $reason{$_->[0]}, $_->[0]) for @jobs;
};

subtest 'a target that was restarted behind our back' => sub {
    my $port = free_port();
    my @command = ('/usr/bin/python3', '-m', 'gunicorn', '-w', '1', '-b', "127.0.0.1:$port", 'app:app');
    my $first = start_server($port, root() . '/docker/staging/pricing', @command);
    my $attached = copy_service('restarted', 'target: \S+', "target: http://127.0.0.1:$port", 'start:\n(?:  .*\n)+', "watch: {port: $port}\n");
    my $job = begin({name => 'restarted'}, 'run', $attached, '--rate', '100/s', '--requests', '3000', '--db', $db,
        '--json', scratch() . '/restarted.json');
    for (1 .. 1200) { # before that there is no target to seep, only one that is not ready yet
        last if slurp("$job->{base}.err") =~ /: replaying;/;
        select undef, undef, undef, 0.05;
    }
    select undef, undef, undef, 0.5;
    kill 'KILL', -$first;
    waitpid $first, 0;
    my $second = start_server($port, root() . '/docker/staging/pricing', @command);
    inconclusive(gather($job), qr/^the target ended after \d+ requests$|^the target stopped accepting|^a process of the target was replaced/, 'attached');
    kill 'TERM', -$second;
    waitpid $second, 0;
};

subtest 'kill -9' => sub {
    my $store = scratch() . '/killed.db';
    srand(17);
    for my $n (1 .. 5) {
        my $job = begin({name => "killed$n"}, 'bisect', $service, '-q', '--db', $store, '--label', "killed$n");
        select undef, undef, undef, 0.2 + rand 3;
        kill 'KILL', $job->{pid};
        is(gather($job)->{exit}, 'signal 9', "killed $n");
        whole($store);
        my $report = seep('report', 'last', '--db', $store);
        is($report->{exit}, 0, 'it can be reported');
        unlike($report->{out}, qr/^(?:NO )?GROWTH/m, 'and concludes nothing');
    }
    like(seep('run', $service, @load, '--db', $store)->{exit}, qr/^(0|125)$/, 'a new run works');
};

subtest 'signals' => sub {
    for my $case (['INT', 130], ['TERM', 143], ['HUP', 129]) {
        my ($signal, $code) = @$case;
        my $job = begin({name => $signal}, 'bisect', $service, '-q', '--db', $db, '--label', "by-$signal");
        select undef, undef, undef, 2;
        kill $signal, $job->{pid};
        my $ran = gather($job);
        is($ran->{exit}, $code, "$signal: exit code");
        like($ran->{out}, qr/^INCONCLUSIVE: interrupted/m, 'the partial result is shown');
        is(JSON::PP::decode_json(seep('report', "by-$signal", '--db', $db, '--json', '-')->{out})->{reason}, 'interrupted', 'and stored');
    }
    my $job = begin({name => 'twice'}, 'bisect', $service, '-q', '--db', $db);
    select undef, undef, undef, 2;
    kill 'INT', $job->{pid};
    select undef, undef, undef, 0.01;
    kill 'INT', $job->{pid};
    is(gather($job, 20)->{exit}, 130, 'twice: at once');
    whole($db);
};

sub one_line {
    my ($ran, $code, $pattern, $name) = @_;
    is($ran->{exit}, $code, "$name: exit code");
    is(scalar(my @lines = split /\n/, $ran->{err}), 1, "$name: one line") or diag($ran->{err});
    like($ran->{err}, $pattern, "$name: what it says");
}

subtest 'a store that cannot be written' => sub {
    my $store = scratch() . '/made/for/it/seep.db';
    like(seep('run', $service, @load, '--db', $store)->{exit}, qr/^(0|125)$/, 'directories are made');
    open my $lock, '|-', 'sqlite3', $store or die "sqlite3: $!";
    $lock->autoflush(1);
    print $lock "BEGIN EXCLUSIVE;\n";
    select undef, undef, undef, 0.3;
    my $job = begin({name => 'locked'}, 'run', $service, @load, '--db', $store);
    my $never = begin({name => 'locked-for-ever'}, 'run', $service, @load, '--db', $store);
    is(seep('report', 'last', '--db', $store)->{exit}, 0, 'readers do not mind a lock');
    one_line(gather($never, 60), 202, qr/^seep: \S+: database is locked/, 'locked for ever');
    gather($job);
    print $lock "COMMIT;\n";
    close $lock;
    one_line(gather(begin({name => 'too-large', by => ['sh', '-c', 'ulimit -f 400; exec "$@"', 'sh']}, 'run', $service,
        @load[0 .. 1], '--requests', '20000', '-q', '--db', scratch() . '/large.db')), 202, qr{large\.db: (disk I/O error|database or disk is full)}, 'no room');
    whole(scratch() . '/large.db');
    one_line(gather(begin({name => 'few', by => ['sh', '-c', 'ulimit -n 21; exec "$@"', 'sh']}, 'run', $service, @load, '--db', $db)),
        200, qr/4 connections need \d+ descriptors: `ulimit -n` allows 21/, 'too few descriptors');
    my $small = gather(begin({name => 'small'}, 'run', $service, @load, '--mem-limit', '4 MiB', '--db', $db, '--json', scratch() . '/small.json'));
    inconclusive($small, qr/^seep itself passed --mem-limit/, 'its own memory');
};

subtest 'an output that nobody reads' => sub {
    my $shell = sub { my $text = qx(($_[0]) 2>&1; echo " \$?"); $text };
    like($shell->("$seep report last --db $db > /dev/full"), qr/\Aseep: standard output: No space left on device\n 202\n\z/, 'a full disk');
    like($shell->("bash -c '$seep report last --db $db --html - | head -c 1 > /dev/null; exit \${PIPESTATUS[0]}'"), qr/\A 0\n\z/, 'a reader that left');
    like($shell->("$seep report last --db $db >&-"), qr/\Aseep: standard output: Bad file descriptor\n 202\n\z/, 'none');
    my $closed = scratch() . '/closed.db';
    system("$seep run $service @load --db $closed <&- >&- 2>&-");
    whole($closed);
    one_line(seep('report', 'last', '--db', $db, '--html', '/nowhere/page.html'), 202, qr{/nowhere/page.html: No such file}, 'no such directory');
    one_line(seep($_, $service, '--json', '-', '--html', '-', '--db', scratch() . '/never.db'), 200, qr/only one report/, "$_: two to one output")
        for 'run', 'bisect';
    ok(!-e scratch() . '/never.db', 'refused before anything was done');
};

subtest 'targets that hang' => sub {
    for my $slow (@slow) {
        my ($fault, $pattern, $job) = @$slow;
        inconclusive(gather($job), $pattern, $fault);
    }
};

none_left('nothing of ours still runs');
done_testing();
