#!/usr/bin/env perl
# target/swarm without a hunt: what stacks do and send, what becomes of one whose driver is killed, whose node is drained, what is
# left when the one that made them is killed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Swarm;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Seep;

plan(skip_all => 'SWARM=short') if !whole();
$ENV{SEEP_AGENTS} //= $ENV{BUILD} // root() . '/build'; # the program that deploys here has none beside it

my $build = $ENV{BUILD} // root() . '/build';
system('make', '-s', '-C', root(), "BUILD=$build", "$build/swarm/stack", "$build/swarm/driver") == 0 or BAIL_OUT('make');
my ($runtime, $pricing) = images('runtime', 'pricing');
my $image = driver_image();
my $service = scratch() . '/service';
mkdir $_ for $service, scratch() . '/private';
spit("$service/$_", slurp(root() . "/scenarios/pricing/$_")) for 'get_quote_slug.yaml', 'get_quote_slug.jsonl';
spit("$service/service.yaml", <<'END');
target: http://pricing:8000
allow: [pricing]
start: {compose: ../compose.yaml, service: pricing}
ready: GET /health
agent: python
host: "${SEEP_TEST_HOST}"
load: {connections: 4}
END
$ENV{SEEP_TEST_HOST} = 'shop.example';

sub driver_image {
    my $folder = scratch() . '/image';
    mkdir $folder;
    system('cp', "$build/swarm/driver", $folder) == 0 or die 'cp';
    spit("$folder/Dockerfile", "FROM $runtime\nCOPY driver /usr/local/bin/driver\nENTRYPOINT [\"driver\"]\n");
    my $built = docker_ran({DOCKER_BUILDKIT => 0}, 'build', '-t', own_name() . '-driver', $folder);
    BAIL_OUT("docker build: $built->{out}") if $built->{exit} ne '0';
    return own_name() . '-driver';
}

sub compose { spit(scratch() . '/compose.yaml', $_[0]) }

# Starts build/swarm/stack with tasks, and waits for its first line: {pid, out, owner}.
sub start_tasks {
    my (@tasks) = @_;
    my $out = scratch() . '/out';
    spit($out, '');
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', $out;
        exec "$build/swarm/stack", "$service/service.yaml", $image, scratch() . '/private', @tasks or POSIX::_exit(127);
    }
    ok(wait_for(60, sub { slurp($out) =~ /^opened .*\n/ }), 'opened');
    my ($owner) = slurp($out) =~ /^opened .* owner (\S+)$/m;
    return {pid => $pid, out => $out, owner => $owner};
}

# What became of each task: {end, why, result, length, digest}.
sub ended {
    my ($run) = @_;
    waitpid $run->{pid}, 0;
    is($?, 0, 'it ends well');
    my @runs;
    for my $line (split /\n/, slurp($run->{out})) {
        if ($line =~ /^\d+ (ended|lost|failed|stopped) [\d.]+ (\d+) (\S+) ?(.*)$/) {
            push @runs, {end => $1, length => $2, digest => $3, why => $4, result => ''};
        } elsif (@runs && $line !~ /^closed /) {
            $runs[-1]{result} .= "$line\n";
        }
    }
    is(left_by($run), '', 'nothing of it is left');
    return @runs;
}

sub left_by {
    my ($run) = @_;
    my @filter = ('--filter', "label=seep.owner=$run->{owner}");
    my @ids = map { docker(@$_, @filter) } ['service', 'ls', '-q'], ['ps', '-aq'], ['network', 'ls', '-q'], ['volume', 'ls', '-q'],
        ['config', 'ls', '-q'], ['secret', 'ls', '-q'];
    return join ' ', grep { $_ ne '' } @ids;
}

# The container of its driver, once that runs.
sub driver {
    my ($run) = @_;
    return wait_for(60, sub { docker('ps', '-q', '--filter', "label=seep.owner=$run->{owner}", '--filter', 'name=seep-driver') });
}

# Of what the driver makes of `bytes LENGTH`, as base/digest.h has it: eight bytes of the length, then these.
sub digest_of {
    my ($length) = @_;
    return substr sha256_hex(pack('Q<', $length) . pack('C*', map { ($_ * 7919 >> 3) & 255 } reverse 1 .. $length)), 0, 8;
}

subtest 'several at once, with all that a driver has' => sub {
    compose("services: {pricing: {image: $pricing, environment: {LEAK: 'off'}}}\n");
    my $look = 'get pricing:8000/health agents';
    my @runs = ended(start_tasks("$look fresh $look variable SEEP_TEST_HOST file get_quote_slug.jsonl variable LEAK",
        'bytes 1000000 stderr between', 'stderr oops crash', 'silent', 'status 200'));
    my $size = -s "$service/get_quote_slug.jsonl";
    my $seen = qr/pricing:8000\/health=\{"status":"ok"\}\nagents=[1-9]\n/;
    is($runs[0]{end}, 'ended', 'one ended') or diag($runs[0]{why});
    like($runs[0]{result}, qr/^$seen${seen}SEEP_TEST_HOST=shop.example\nget_quote_slug.jsonl=$size\nLEAK=-\n$/,
        'agents, a fresh target, variables, files');
    is("$runs[1]{end} $runs[1]{length} $runs[1]{digest}", 'ended 1000000 ' . digest_of(1000000), 'a megabyte');
    is($runs[2]{end}, 'lost', 'a driver that crashes');
    like($runs[2]{why}, qr/before it had sent all: .*; oops$/, 'its last words');
    is($runs[3]{end}, 'lost', 'a driver that sends nothing');
    is($runs[4]{end}, 'failed', 'a driver that says what is wrong');
    like($runs[4]{why} . $runs[4]{result}, qr/as I was told.*code 200/s, 'with its words and its code');
};

subtest 'what depends on others' => sub {
    compose(<<"END");
services:
  db:
    image: $runtime
    entrypoint: [sh, -c, "sleep 2; touch /tmp/ok; exec sleep 300"]
    healthcheck: {test: [CMD, test, -e, /tmp/ok], interval: 1s}
    networks: {back: {aliases: [base]}}
  once:
    image: $runtime
    user: root
    entrypoint: [sh, -c, "echo made > /data/made"]
    volumes: ["data:/data"]
    depends_on: {db: {condition: service_healthy}}
  pricing:
    image: $pricing
    command: [sh, -c, "test -e /data/made && getent hosts base && exec gunicorn -w 1 -b 0.0.0.0:8000 app:app"]
    depends_on: {once: {condition: service_completed_successfully}}
    volumes: ["data:/data:ro"]
    networks: [back, front]
networks: {back: {driver: bridge}, front: {}}
volumes: {data: {name: shared}}
END
    my ($ran) = ended(start_tasks('get pricing:8000/health'));
    is("$ran->{end} $ran->{result}", qq(ended pricing:8000/health={"status":"ok"}\n), 'it is started when they are ready')
        or diag($ran->{why});
    compose("services: {pricing: {image: $pricing, command: [sh, -c, 'echo last words; exit 3']}}\n");
    ($ran) = ended(start_tasks('sleep 5'));
    like("$ran->{end} $ran->{why}", qr/^ended 'pricing' ended \(task: non-zero exit \(3\)\): last words$/, 'how a target ended');
};

subtest 'a driver is killed, a node is drained' => sub {
    compose("services: {pricing: {image: $pricing}}\n");
    my $run = start_tasks('stderr begun sleep 60');
    my $container = driver($run);
    sleep 1;
    docker('kill', $container);
    my ($ran) = ended($run);
    like("$ran->{end} $ran->{why}", qr/^lost .*\(137\).*begun$/, 'killed: lost');
    $run = start_tasks('sleep 60');
    driver($run);
    drain();
    ok(wait_for(30, sub { docker('ps', '-q', '--filter', "label=seep.owner=$run->{owner}") eq '' }), 'drained');
    activate();
    ($ran) = ended($run);
    like("$ran->{end} $ran->{why}", qr/^lost .*\(shutdown\)/, 'drained: lost');
    drain();
    $run = start_tasks('sleep 0.1');
    sleep 1;
    activate();
    ($ran) = ended($run);
    is($ran->{end}, 'ended', 'one that finds no node waits for it');
};

subtest 'what is left of a dead one' => sub {
    my $run = start_tasks('sleep 60', 'sleep 60');
    driver($run);
    kill 'KILL', $run->{pid};
    waitpid $run->{pid}, 0;
    isnt(left_by($run), '', 'killed: its stacks stay');
    ended(start_tasks('sleep 0.1'));
    is(left_by($run), '', 'until the next one begins');
    $run = start_tasks('sleep 60');
    driver($run);
    kill 'INT', $run->{pid};
    my ($ran) = ended($run);
    is($ran->{end}, 'stopped', 'a signal leaves nothing');
};

docker('rmi', '--no-prune', $image);
done_testing();
