#!/usr/bin/env perl
# seep run --shard and seep merge: several drivers at once on one server, joined into one run, beside one driver alone.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use List::Util qw(sum);
use Test::More;
use Time::HiRes qw(time sleep);
use Seep;

my ($port, $off_port) = (free_port(), free_port());
my @server = qw(/usr/bin/python3 -m gunicorn -w 1 -b);
start_server($port, root() . '/docker/staging/pricing', qw(env LEAK=on), @server, "127.0.0.1:$port", 'app:app');
start_server($off_port, root() . '/docker/staging/pricing', qw(env LEAK=off), @server, "127.0.0.1:$off_port", 'app:app');

# The pricing service where it runs already.
sub running {
    my ($name, $at) = @_;
    return copy_service($name, 'start:\n(?:  .*\n)+', "methods: [POST, PUT, DELETE]\n", 'target: \S+', "target: http://127.0.0.1:$at");
}
my $leaking = running('leaking', $port);
my $free = running('free', $off_port);
my @one = ('-e', 'GET /quote/{slug}', '--connections', 6, '--requests', 3000);

# Shards of one run, each in a process and a store of its own, with a common start: jobs for gather().
sub begin_shards {
    my ($name, $wait, $directory, $count, @arguments) = @_;
    my $at = sprintf '%.3f', time() + $wait;
    return map {
        begin({name => "$name-$_"}, 'run', $directory, '--shard', "$_/$count", '--start-at', $at, '--db', db($name, $_), '-q', '--hold', '1s',
            '--json', scratch() . "/$name-$_.json", @arguments)
    } 0 .. $count - 1;
}

sub db {
    my ($name, $number) = @_;
    return scratch() . "/$name-$number.db";
}

sub merge {
    my ($output, @arguments) = @_;
    my $file = scratch() . '/merged.json';
    unlink $file;
    my $ran = seep('merge', @arguments, '-o', scratch() . "/$output.db", '--json', $file);
    $ran->{result} = -e $file ? json($file) : {};
    return $ran;
}

# The same, ended and merged; once more where shard 0 was ready so late that the others had nearly done: on a busy machine.
sub shards_merged {
    my ($name, $directory, $count, @arguments) = @_;
    my ($merged, @shards);
    for my $wait (2.5, 8) {
        unlink glob(scratch() . "/$name-*.db*"), scratch() . "/$name.db";
        @shards = map { gather($_, 90) } begin_shards($name, $wait, $directory, $count, @arguments);
        $merged = merge($name, map { db($name, $_) } 0 .. $count - 1);
        last if ($merged->{result}{reason} // '') !~ /came while shard 0 read memory/;
    }
    return ($merged, @shards);
}

# One driver alone: a job.
sub begin_whole {
    my ($name, $directory, @arguments) = @_;
    return begin({name => $name}, 'run', $directory, '--db', scratch() . '/whole.db', '--json', scratch() . "/$name.json", '-q', '--hold', '1s',
        '--no-early-stop', @arguments);
}

sub refused {
    my ($pattern, $what, $ran) = @_;
    is($ran->{exit}, 200, "$what: exit code");
    like($ran->{err}, $pattern, $what);
    is(() = $ran->{err} =~ /\n/g, 1, "$what: one line");
}

my @leak = map { db('leak', $_) } 0 .. 2;
my ($leaked, $alone, @times); # the merged run; the same of one driver; and other shards, which go on meanwhile

subtest 'a leak, in three shards' => sub {
    my ($merged, @shards) = shards_merged('leak', $leaking, 3, @one);
    $alone = begin_whole('whole-leak', $leaking, @one);
    for my $number (0 .. 2) {
        is($shards[$number]{exit}, 125, "shard $number shows nothing by itself");
        is($shards[$number]{result}{verdict}, 'inconclusive', 'and says so');
        is_deeply($shards[$number]{result}{shard}, {index => $number, of => 3}, 'which it is');
        is_deeply($shards[$number]{result}{findings}, [], 'no finding');
        like($shards[$number]{result}{reason}, qr/^shard $number of 3 .*`seep merge` judges/, 'why');
    }
    is_deeply($shards[1]{result}{signals}, [], 'memory is shard 0\'s to read');
    is($shards[1]{result}{peak_bytes}, undef, 'alone');
    my @planned = map { $_->{result}{replay}{planned} } @shards;
    is(sum(@planned), 3000, 'their parts add up') or diag("@planned");
    is($merged->{exit}, 0, 'merged') or diag($merged->{err});
    my $result = $merged->{result};
    is($result->{replay}{$_}, 3000, "all $_") for qw(planned done);
    is_deeply([map { $_->{planned} } @{$result->{merged_from}}], \@planned, 'of which each had its part');
    my ($endpoint) = @{$result->{endpoints}};
    is($endpoint->{done}, 3000, 'of the endpoint');
    my @p99 = sort { $a <=> $b } map { $_->{result}{endpoints}[0]{service_p99_us} } @shards;
    cmp_ok($endpoint->{service_p99_us}, '>=', $p99[0] * 63 / 64, 'a quantile of all');
    cmp_ok($endpoint->{service_p99_us}, '<=', $p99[2] * 65 / 64, 'lies among those of the parts');
    is($result->{verdict}, 'growth', 'growth') or diag($result->{reason});
    my $found = $result->{findings}[0] // {};
    cmp_ok(abs(($found->{objects_per_request} // 0) - 1), '<', 0.05, 'one object for each request of all shards');
    ok("@{$found->{confirmed} // []}" eq 'hold' || grep({ /^other shards were sending still/ } @{$result->{caveats}}),
        'it stayed without traffic, if there was none') or diag(join "\n", @{$result->{caveats}});
    $leaked = $result;
};

subtest 'a merged run is one like any other' => sub {
    my $store = scratch() . '/leak.db';
    like(seep('runs', '--db', $store)->{out}, qr/merge +\S*leaking.*growth/, 'listed');
    like(seep('report', 'last', '--db', $store)->{out}, qr/^GROWTH: GET \/quote\/\{slug\} keeps/, 'reported');
    my $again = merge('leak', @leak, '--label', 'again', '--quiet');
    is($again->{result}{run}, 2, 'a second one goes beside it');
    is($again->{result}{label}, 'again', 'with a label');
    is(seep('compare', '1', 'again', '--db', $store, '--json', scratch() . '/compared.json')->{exit}, 1, 'compared');
    is_deeply(json(scratch() . '/compared.json')->{runs}, [1, 2], 'one with the other');
    my $planned = qx(sqlite3 '$store' 'SELECT sum(planned) FROM outcome WHERE run = 1' 2>/dev/null);
    is($planned, "3000\n", 'its seconds add up') if $planned ne '';
};

subtest 'no leak, in two shards' => sub {
    my @load = ('-e', 'GET /quote/{slug}', '--connections', 4, '--requests', 3000, '--fail-if', 'errors > 1%', '--fail-if', 'growth > 64 B/request');
    my ($merged, @shards) = shards_merged('free', $free, 2, @load);
    my $job = begin_whole('whole-free', $free, @load);
    $alone = gather($alone, 60);
    @times = begin_shards('times', 1.5, $leaking, 3, '--speed', '1500x', '--hold', '0s');
    my $result = $merged->{result};
    my $whole = gather($job, 60);
    is($result->{replay}{done}, 3000, 'counts');
    is($result->{verdict}, 'no_growth', 'no growth') or diag($result->{reason});
    is($result->{verdict}, $whole->{result}{verdict}, 'as of one driver') or diag($whole->{result}{reason});
    is($result->{exit}, 0, 'its exit code');
    is_deeply([map { [@$_{qw(limit result)}] } @{$result->{thresholds}}],
        [map { [@$_{qw(limit result)}] } @{$whole->{result}{thresholds}}], 'limits are judged on all');
    is_deeply([map { @{$_->{result}{thresholds}} } @shards], [], 'and by no shard');
};

subtest 'the leak of one driver' => sub {
    is($leaked->{verdict}, $alone->{result}{verdict}, 'the same verdict') or diag($alone->{result}{reason});
    is($leaked->{exit}, $alone->{exit}, 'exit code');
    my ($found, $expected) = map { $_->{findings}[0] // {} } $leaked, $alone->{result};
    is_deeply($found->{$_}, $expected->{$_}, $_) for qw(endpoints signal kind per);
    cmp_ok(abs(($found->{objects_per_request} // 0) - ($expected->{objects_per_request} // 0)), '<', 0.05, 'objects per request');
};

subtest 'the recorded times' => sub {
    my @shards = map { gather($_, 60) } @times;
    my $result = merge('times', map { db('times', $_) } 0 .. 2)->{result};
    is($result->{replay}{planned}, 2418, 'one pass of the recording');
    my %planned;
    $planned{$_->{name}} += $_->{planned} for map { @{$_->{result}{endpoints}} } @shards;
    is_deeply({map { $_->{name} => $_->{planned} } @{$result->{endpoints}}}, \%planned, 'of each endpoint the sum');
};

subtest 'shards that are not there' => sub {
    refused(qr/^seep: shard 1 of 3 is missing \(--partial/, 'a lost one', merge('not', @leak[0, 2]));
    refused(qr/^seep: shard 0 of 3 is missing/, 'the one that reads memory', merge('not', @leak[1, 2]));
    refused(qr/^seep: shard 2 of 3 is there twice: \S+leak-2.db run 1, and \S+leak-2.db run 1/, 'a double one', merge('not', @leak, $leak[2]));
    refused(qr/free-0.db: run 1 is shard 0 of 2, but that of \S+leak-0.db is one of 3/, 'of another number', merge('not', @leak[0, 1], db('free', 0)));
    refused(qr/times-2.db: run 1 is a shard of another run than run 1 of \S+leak-0.db/, 'of another run', merge('not', @leak[0, 1], db('times', 2)));
    refused(qr/whole.db: no run in it is a shard/, 'of none', merge('not', @leak[0, 1], scratch() . '/whole.db'));
    ok(!-e scratch() . '/not.db', 'nothing was written');
    my $partial = merge('partial', @leak[0, 2], '--partial');
    is($partial->{exit}, 0, 'merged all the same');
    is($partial->{result}{verdict}, 'inconclusive', 'nothing is shown by it');
    like($partial->{result}{reason}, qr/^shard 1 of 3 is missing/, 'why');
    is($partial->{result}{exit}, 125, 'exit code of the run');
    is_deeply($partial->{result}{findings}, [], 'no finding');
    is((grep { $_->{verdict} ne 'inconclusive' } @{$partial->{result}{signals}}), 0, 'of no signal');
    my $blind = merge('partial', @leak[1, 2], '--partial');
    is($blind->{result}{verdict}, 'inconclusive', 'nor without shard 0');
    like($blind->{result}{reason}, qr/^shard 0 of 3 is missing/, 'which reads memory');
    cmp_ok($blind->{result}{replay}{done}, '>', 1500, 'what there is is counted');
};

subtest 'a shard that was killed' => sub {
    my @arguments = ('run', $free, '-e', 'GET /quote/{slug}', '--rate', '300/s', '--duration', '30s', '-q');
    my $first = begin({name => 'killed-0'}, @arguments, '--shard', '0/2', '--db', db('killed', 0));
    my $second = begin({name => 'killed-1'}, @arguments, '--shard', '1/2', '--db', db('killed', 1));
    my $count = sub { my $n = qx(sqlite3 '@{[db('killed', 1)]}' 'SELECT coalesce(sum(done), 0) FROM outcome' 2>/dev/null); $n || 0 };
    my $until = time() + 10;
    sleep 0.05 while $count->() < 100 && time() < $until;
    kill 'KILL', $second->{pid};
    is(gather($second)->{exit}, 'signal 9', 'killed');
    kill 'TERM', $first->{pid};
    is(gather($first)->{exit}, 143, 'the other is told to end');
    my @stores = map { db('killed', $_) } 0, 1;
    refused(qr/^seep: shard 1 of 2 has not ended: it is still under way, or its seep died \(\S+killed-1.db run 1\)/, 'is told', merge('not', @stores));
    my $partial = merge('killed', @stores, '--partial');
    is($partial->{result}{verdict}, 'inconclusive', 'nothing is shown by it');
    like($partial->{result}{reason}, qr/^shard 1 of 2 has not ended/, 'why');
    cmp_ok($partial->{result}{merged_from}[1]{done}, '>=', 100, 'what it had done counts');
};

subtest 'one after the other' => sub {
    my @arguments = ('run', $free, '-e', 'GET /quote/{slug}', '--connections', 2, '--requests', 300, '--label', 'apart', '-q', '--db', db('apart', 0));
    seep(@arguments, '--shard', "$_/2") for 0, 1;
    refused(qr/^seep: shard 1 of 2 \(\S+ run 2\) was not sending while shard 0 did: \S+ m?s lie between them/, 'is no run',
        merge('not', db('apart', 0)));
};

subtest 'parts without a request' => sub {
    my @run = ('run', $free, '-e', 'GET /tax', '--connections', 3, '--requests', 1, '--hold', '0s', '-q', '--db', db('empty', 0));
    my @jobs = map { begin({name => "empty-$_"}, @run, '--shard', "$_/3") } 0 .. 2;
    is(gather($_)->{exit}, 125, 'end as others do') for @jobs;
    my $merged = seep('merge', db('empty', 0), '-o', db('empty', 0), '--json', '-');
    is($merged->{exit}, 0, 'and are merged, into a store of theirs') or diag($merged->{err});
    is((eval { decode_json($merged->{out}) } // {})->{replay}{done}, 1, 'one has what there is');
};

subtest 'what cannot be' => sub {
    my @run = ('run', $free, '--db', scratch() . '/never.db');
    for my $bad ('3/3', '-1/3', '1', '1/0', 'x/3', '1/3x', '/3', '1/100000', 'auto/', '18446744073709551617/18446744073709551618') {
        refused(qr/^seep: --shard '\Q$bad\E': expected I\/N or auto\/N/, "--shard $bad", seep(@run, "--shard=$bad"));
    }
    my @auto = (@run, '--shard', 'auto/2');
    refused(qr/neither JOB_COMPLETION_INDEX nor SEEP_SHARD_SLOT is in the environment/, 'no number', seep(@auto));
    refused(qr/JOB_COMPLETION_INDEX is '2': expected a number from 0 to 1/, 'one too high', seep({env => {JOB_COMPLETION_INDEX => 2}}, @auto));
    refused(qr/JOB_COMPLETION_INDEX is '': expected/, 'an empty one', seep({env => {JOB_COMPLETION_INDEX => ''}}, @auto));
    refused(qr/SEEP_SHARD_SLOT is '\{\{\.Task\.Slot\}\}'/, 'a template that nobody filled in', seep({env => {SEEP_SHARD_SLOT => '{{.Task.Slot}}'}}, @auto));
    refused(qr/--start-at 'noon': expected a moment/, 'no moment', seep(@run, '--shard', '0/2', '--start-at', 'noon'));
    refused(qr/--start-at is the common start of shards/, 'without shards', seep(@run, '--start-at', '2026-01-31T12:00:00Z'));
    refused(qr/--budget: a shard sends its part/, 'a budget', seep(@run, '--shard', '0/2', '--budget', '1m'));
    refused(qr/2 connections cannot be split over 3 shards/, 'too few connections', seep(@run, '-q', '--shard', '0/3', '--connections', 2));
    refused(qr/service.yaml: with --shard the target has to run already/, 'a server of a shard\'s own',
        seep('run', copy_service('started'), '-q', '--shard', '0/2', '--db', scratch() . '/never.db'));
    refused(qr/merge needs the stores/, 'nothing to merge', seep('merge', '-o', 'x.db'));
    refused(qr/merge needs -o FILE/, 'nowhere to put it', seep('merge', @leak));
    refused(qr/no\.db: No such file/, 'a store that is not there', seep('merge', 'no.db', '-o', 'x.db'));
};

subtest 'the number from the environment, and a start that is over' => sub {
    my %numbers = ('JOB_COMPLETION_INDEX' => ['1', 1], 'SEEP_SHARD_SLOT' => ['abcdefghijklmnopqrstuvwx0', 0]);
    for my $name (sort keys %numbers) {
        my ($value, $index) = @{$numbers{$name}};
        my $file = scratch() . "/$name.json";
        seep({env => {$name => $value}}, 'run', $free, '-q', '-e', 'GET /tax', '--connections', 2, '--requests', 20, '--shard', 'auto/2',
            '--start-at', '2020-01-31T12:00:00Z', '--db', scratch() . '/auto.db', '--json', $file);
        my $result = json($file);
        is_deeply($result->{shard}, {index => $index, of => 2}, $name);
        ok((grep { /^--start-at was over by .* it began late$/ } @{$result->{caveats}}), 'it began late, and says so');
    }
};

done_testing();
