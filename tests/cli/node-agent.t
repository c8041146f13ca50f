#!/usr/bin/env perl
# The Node.js agent in servers whose code knows nothing of it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Agent;
use Seep;

plan skip_all => 'node is not installed' if system('command -v node >/dev/null') != 0;

my $injected = '--require ' . root() . '/harness/agents/node/agent.js';
my $app = scratch() . '/app';
my $handler = <<'END';
const kept = [];
function leakObjects() { for (let i = 0; i < 20; i++) kept.push({ name: i + 0.5, more: i }); }
function handle(request, response) {
  if (request.url === '/object') leakObjects();
  if (request.url === '/buffer') kept.push(Buffer.alloc(20000));
  response.end('answered');
}
END
spit("$app/plain.js", "$handler\nrequire('http').createServer(handle).listen(process.env.PORT, '127.0.0.1');\n");
spit("$app/module.mjs", "import { createServer } from 'node:http';\n$handler\n"
        . "createServer(handle).listen(process.env.PORT, '127.0.0.1');\n");
spit("$app/cluster.js", <<"END");
const cluster = require('cluster');
if (cluster.isMaster) { cluster.fork(); cluster.fork(); } else require('./plain.js');
END
spit("$app/express.js", "$handler\nconst app = require('express')();\napp.use(handle);\napp.listen(process.env.PORT, '127.0.0.1');\n");
spit("$app/workers.js", <<"END");
const { Worker } = require('worker_threads');
new Worker('setInterval(() => {}, 1000)', { eval: true });
require('./plain.js');
END

sub serve {
    my ($file, $sockets) = @_;
    my ($folder, $port) = (agent_folder(), free_port());
    local @ENV{qw(NODE_OPTIONS SEEP_AGENT_DIR PORT)} = ($injected, $folder, $port);
    my $pid = start_server($port, $app, 'node', $file);
    wait_until(sub { sockets($folder) >= $sockets });
    return ($folder, $port, $pid);
}

sub run_node {
    my ($environment, @arguments) = @_;
    local @ENV{keys %$environment} = values %$environment;
    open my $pipe, '-|', 'node', @arguments or die "node: $!";
    local $/;
    my $said = <$pipe>;
    close $pipe;
    return $said;
}

sub between {
    my ($got, $low, $high, $name) = @_;
    ok($got >= $low && $got <= $high, $name) or diag("got $got");
}

sub per_call {
    my ($socket, $port, $target, $calls) = @_;
    figures($socket) for 1 .. 3;
    my $before = figures($socket)->{signals}{live_bytes};
    is(get($port, $target, $calls), $calls, "$calls requests answered");
    return (figures($socket)->{signals}{live_bytes} - $before) / $calls;
}

subtest 'a plain server' => sub {
    my ($folder, $port, $pid) = serve('plain.js', 1);
    my ($socket) = sockets($folder);
    my $figures = figures($socket);
    like($socket, qr{/node-$pid-$figures->{start_time}\.sock$}, 'the name of its socket');
    is((stat $socket)[2] & 0777, 0600, 'for its owner only');
    is($figures->{pid}, $pid, 'itself');
    ok($figures->{process}{$_} > 0, $_) for qw(rss_anon_bytes pss_bytes fds threads);
    ok($figures->{heap_spaces}{old_space} > 0, 'the heap by space');
    get($port, $_, 500) for '/', '/object';
    my $nothing = per_call($socket, $port, '/', 1000);
    my $object = per_call($socket, $port, '/object', 1000);
    between($object - $nothing, 900, 1900, 'twenty objects of 56 bytes per call') or diag("nothing: $nothing, objects: $object");
    between(per_call($socket, $port, '/buffer', 300), 19500, 21500, 'a buffer per call');
    is_deeply([map { (ask($socket, $_))[0] } '/', '/toString', '/snapshot'], [404, 404, 409], 'what is refused');
    is((ask($socket, '/snapshot/start'))[0], 200, 'sites: started');
    is((ask($socket, '/snapshot/start'))[0], 200, 'again');
    get($port, '/object', 1000);
    my ($sum, @nodes) = (0, figures($socket, '/snapshot')->{head});
    while (my $node = shift @nodes) {
        push @nodes, @{$node->{children}};
        $sum += $node->{selfSize} if $node->{callFrame}{functionName} eq 'leakObjects';
        fail('a frame of ours') if $node->{callFrame}{url} =~ /agent\.js$/;
    }
    between($sum, 800_000, 1_900_000, 'the function that keeps them, with bytes');
    is((ask($socket, '/snapshot/stop'))[0], 200, 'stopped');
    is((ask($socket, '/snapshot'))[0], 409, 'nothing is kept');
};

subtest 'other servers' => sub {
    for my $case (['cluster.js', 3], ['module.mjs', 1], ['workers.js', 1]) {
        my ($file, $count) = @$case;
        my ($folder, $port) = serve($file, $count);
        is(get($port, '/', 50), 50, "$file: answers");  # and any thread has had its time to listen as well
        my @all = sockets($folder);
        is(scalar @all, $count, "$file: one socket per process");
        is(scalar(grep { figures($_)->{signals}{live_bytes} > 1e6 } @all), $count, "$file: is read");
    }
};

subtest 'Express' => sub {
    my $modules = root() . '/build/node_modules';
    my $npm = 'npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix ' . root() . '/build express@4';
    plan skip_all => 'npm is not installed' if !-d "$modules/express" && system('command -v npm >/dev/null') != 0;
    plan skip_all => 'express could not be fetched' if !-d "$modules/express" && system("$npm >/dev/null 2>&1") != 0;
    symlink $modules, "$app/node_modules";
    my ($folder, $port) = serve('express.js', 1);
    my ($socket) = sockets($folder);
    get($port, '/', 500);
    between(per_call($socket, $port, '/buffer', 300), 19500, 21500, 'a buffer per call');
};

subtest 'what the application sees' => sub {
    my $folder = agent_folder();
    my %with = (NODE_OPTIONS => $injected, SEEP_AGENT_DIR => $folder);
    my $look = 'console.log(require("fs").readdirSync(' . "'$folder'" . ').length, process.listenerCount("exit"), '
        . 'typeof gc, Object.keys(require.cache).length)';
    is(run_node(\%with, '-e', $look), "1 1 undefined 0\n", 'one listener; it ends by itself');
    is_deeply([sockets($folder)], [], 'no socket is left');
    is(run_node({%with, SEEP_AGENT_DIR => ''}, '-e', $look), "0 0 undefined 0\n", 'nothing without a folder');
    is(run_node({%with, SEEP_AGENT_DIR => "$folder/none"}, '-e', 'console.log(1)'), "1\n", 'a folder that is not there is no error');
    is(run_node(\%with, '-e', 'process.on("exit", () => console.log("mine")); process.exitCode = 3'), "mine\n", 'its own listeners');
    is($? >> 8, 3, 'and exit code');
};

done_testing();
