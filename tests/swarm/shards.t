#!/usr/bin/env perl
# docker/swarm/soak: four shards as tasks of a swarm, merged and judged, with the leak and without, beside one driver that sends the same; a
# shard that is killed; a node that is drained and restored.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Swarm;
use List::Util qw(sum);
use Test::More;
use Seep;

my ($many, $few) = (32000, 8000); # growth has to be shown to go on as fast; that there is none is shown sooner
my ($image, $pricing) = images('runtime', 'pricing');
my $scenarios = scratch() . '/scenarios';
mkdir $_ for $scenarios, "$scenarios/quote";
system('cp', glob(root() . '/scenarios/pricing/{service.soak.yaml,get_quote_slug.*}'), "$scenarios/quote") == 0 or die 'cp';
my %common = (IMAGE => $image, PRICING_IMAGE => $pricing, SHARDS => 4, CONNECTIONS => 8, REQUESTS => $many, SCENARIOS => $scenarios,
    SERVICE => 'quote/service.soak.yaml');

# The same stack with one driver, in the place of shard 0.
my $whole = slurp(root() . '/docker/swarm/stack.yaml');
$whole =~ s{file: }{"file: @{[root()]}/docker/swarm/"}ge;
$whole =~ s{as-shard, "0/\$\{SHARDS\}", "/results/\$\{START_AT\}", pricing\]}{sh, -c, 'until getent hosts pricing; do sleep 1; done; exec "\$\$@"', sh]}
    or die 'stack.yaml: no shard 0';
$whole =~ s{--start-at, "\$\{START_AT\}"\]}{--no-early-stop, --db, /results/seep.db, --json, /results/soak.json]} or die 'stack.yaml: no start';
spit(scratch() . '/whole.yaml', $whole);

sub results {
    my ($name) = @_;
    my $directory = scratch() . "/results-$name";
    mkdir $directory;
    return $directory;
}

# Starts docker/swarm/soak beside us: a job for gather(), with `stack`, and `start`: when its shards begin.
sub begin_soak {
    my ($name, %environment) = @_;
    my $stack = stack_name($name);
    my $job = begin({name => $name, by => ['sh', '-c', 'shift; exec "$@"', 'sh'], env => {%common, RESULTS => results($name), START_IN => 12, %environment}},
        root() . '/docker/swarm/soak', $stack);
    ok(wait_for(60, sub { slurp("$job->{base}.out") =~ /^soak: 4 shards begin in 12 s$/m }), "$name: deployed") or diag(slurp("$job->{base}.err"));
    return {%$job, stack => $stack, start => time() + 12};
}

sub ended {
    my ($job) = @_;
    my $ran = gather($job, 240);
    my $json = "@{[results(substr $job->{base}, length(scratch()) + 1)]}/soak.json";
    $ran->{result} = -e $json ? json($json) : {};
    is(left_behind(qr/^\Q$job->{stack}\E(?:$|_)/), '', 'its stack is gone');
    return $ran;
}

sub sending { # shards of the stack whose task runs, once they have begun to send
    my ($job) = @_;
    sleep 1 while time() < $job->{start} + 1;
    return wait_for(60, sub { my @running = grep { $_->{state} eq 'running' } tasks("$job->{stack}_shards"); @running == 3 && \@running });
}

# One driver alone, as a stack of the same file: {stack, results}
sub begin_whole {
    my ($name, %environment) = @_;
    my $stack = deploy($name, files => [scratch() . '/whole.yaml'],
        env => {%common, RESULTS => results($name), OTHER_SHARDS => 0, START_AT => 0, TARGET_NODE => node(), %environment});
    is($stack->{exit}, 0, 'one driver for comparison') or diag($stack->{out});
    return $stack;
}

sub whole_ended {
    my ($stack, $name) = @_;
    ok(wait_for(200, sub { grep { $_->{state} =~ /complete|failed/ } tasks("$stack->{name}_shard-0") }), 'the one driver has ended')
        or diag(said_by("$stack->{name}_shard-0"));
    is(remove_stack($stack->{name}), '', 'its stack is gone');
    my $json = results($name) . '/soak.json';
    return -e $json ? json($json) : {};
}

sub is_merged_run {
    my ($ran, $one, $requests) = @_;
    my $result = $ran->{result};
    is($ran->{exit}, $result->{exit}, 'it ends as the merged run would have') or diag($ran->{out}, $ran->{err});
    is($result->{replay}{$_}, $requests, "all $_") for qw(planned done);
    is(@{$result->{merged_from}}, 4, 'of four shards');
    is(sum(map { $_->{planned} } @{$result->{merged_from}}), $requests, 'whose parts add up');
    is((grep { $_->{planned} == 0 } @{$result->{merged_from}}), 0, 'and each had one');
    is($result->{verdict}, $one->{verdict}, 'the verdict of one driver') or diag($result->{reason}, $one->{reason});
    is($result->{exit}, $one->{exit}, 'and its exit code');
    is($one->{replay}{done}, $requests, 'which sent the same');
    return $result;
}

subtest 'a task of a shard' => sub {
    my $as_shard = root() . '/docker/swarm/as-shard';
    my $to = scratch() . '/as-shard';
    my $run = sub {
        my ($environment, $host, $script) = @_;
        return seep({env => $environment, by => ['sh', '-c', 'shift; exec "$@"', 'sh']}, $as_shard, 'auto/3', $to, $host, 'sh', '-c', $script, 'run');
    };
    my %slot = (SEEP_SHARD_SLOT => 2);
    is($run->(\%slot, 'localhost', 'exit 125')->{exit}, 0, 'ends with 0 where seep has ended with 125');
    is($run->(\%slot, 'localhost', "exit $_")->{exit}, $_, "and with $_ as it does") for 1, 143, 200, 202;
    ok(!-e "$to/2.db", 'where there is no store none is left');
    is($run->(\%slot, 'localhost', 'echo "$@" >"$4"; exit 125')->{exit}, 0, 'a shard');
    like(slurp("$to/2.db"), qr{^--shard auto/3 --db \S+\n$}, 'knows its number, and its store is left under it');
    my $unknown = $run->({%slot, HOST_WITHIN => 1}, 'nowhere.invalid', 'exit 0');
    is($unknown->{exit}, 125, 'no such target');
    like($unknown->{err}, qr/^as-shard: nothing is known as nowhere\.invalid after 1 s\n$/, 'is told');
    like($run->({}, 'localhost', 'exit 0')->{err}, qr/neither JOB_COMPLETION_INDEX nor SEEP_SHARD_SLOT is set/, 'no number');
};

subtest 'a shard that is killed' => sub {
    plan(skip_all => 'SWARM=short') if !whole();
    my $job = begin_soak('killed', REQUESTS => 12000);
    my $running = sending($job) // [];
    my ($second) = grep { $_->{name} =~ /\.2$/ } @$running;
    ok($second, 'three shards send beside shard 0') or return;
    kill_task($second);
    my $ran = ended($job);
    is($ran->{exit}, 200, 'nothing is merged') or diag($ran->{out});
    like($ran->{out}, qr/^soak: \Q$job->{stack}\E_shards\.2: Failed .*non-zero exit \(137\)/m, 'which task failed is said');
    is((() = $ran->{out} =~ /^soak: .*Failed/mg), 1, 'which was not repeated, and no other failed');
    like($ran->{err}, qr/^seep: shard 2 of 4 is missing \(--partial/m, 'which shard is lost');
    is((() = $ran->{err} =~ /^seep: /mg), 1, 'in one line');
    is_deeply($ran->{result}, {}, 'and nothing is reported');
};

subtest 'the same again, whole' => sub {
    my $whole = begin_whole('whole-on');
    my $ran = ended(begin_soak('killed'));
    my $one = whole_ended($whole, 'whole-on');
    my $result = is_merged_run($ran, $one, $many);
    is($result->{verdict}, 'growth', 'growth') or diag($result->{reason});
    unlike($ran->{out}, qr/^soak: \S+: (?:Failed|Shutdown|Rejected)/m, 'no task failed');
    my ($found, $expected) = map { $_->{findings}[0] // {} } $result, $one;
    is_deeply($found->{$_}, $expected->{$_}, $_) for qw(endpoints signal kind per);
    cmp_ok(abs(($found->{objects_per_request} // 0) - 1), '<', 0.1, 'one object for each request of all shards');
    is(-s results('killed') . "/soak.$_" ? 1 : 0, 1, "soak.$_ is there") for qw(html md xml);
};

subtest 'a node that is drained, and restored' => sub {
    plan(skip_all => 'SWARM=short') if !whole();
    my $job = begin_soak('drained', LEAK => 'off', REQUESTS => 12000);
    ok(sending($job), 'shards send');
    is(drain()->{exit}, 0, 'drained');
    my $told = wait_for(20, sub { !grep { $_->{desired} ne 'shutdown' } tasks(map { "$job->{stack}_$_" } 'shard-0', 'shards') });
    is(activate()->{exit}, 0, 'and restored');
    ok($told, 'its tasks were told to end');
    my $ran = ended($job);
    is($ran->{exit}, 125, 'the soak ends with 125') or diag($ran->{out}, $ran->{err});
    like($ran->{out}, qr/^soak: \Q$job->{stack}\E_shards\.$_: (?:Shutdown|Failed)/m, "shard $_ is said to have ended") for 1 .. 3;
    is((() = $ran->{out} =~ /^soak: .*_shards\.\d: /mg), 3, 'none came back when the node did');
    is($ran->{result}{verdict}, 'inconclusive', 'nothing is shown by it');
    like($ran->{result}{reason}, qr/^shard 0 of 4 ended early: interrupted/, 'why');
};

subtest 'no leak, on the node that is back' => sub {
    plan(skip_all => 'SWARM=short') if !whole();
    my $whole = begin_whole('whole-off', LEAK => 'off', REQUESTS => $few);
    my $ran = ended(begin_soak('free', LEAK => 'off', REQUESTS => $few));
    my $result = is_merged_run($ran, whole_ended($whole, 'whole-off'), $few);
    is($result->{verdict}, 'no_growth', 'no growth') or diag($result->{reason});
};

is(take_down(), '', 'nothing is left behind');
done_testing();
