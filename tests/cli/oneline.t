#!/usr/bin/env perl
# What a newcomer types first: seep bisect FILE --target URL -- COMMAND, on servers that are tried nowhere else.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Path qw(make_path);
use Test::More;
use Seep;

my $library = ($ENV{BUILD} // root() . '/build') . '/servers/library';
my $home = scratch();
my $store = "results/seep.db";

# An access log in combined format: one line for each [request, status], a second apart.
sub access_log {
    my ($name, @requests) = @_;
    my $number = 0;
    return spit("$home/$name", join '', map {
        my ($request, $status) = ref $_ ? @$_ : ($_, 200);
        my $time = sprintf '%02d:%02d:%02d', 10 + $number / 3600, $number / 60 % 60, $number % 60;
        sprintf qq{10.0.0.%d - - [17/May/2025:%s +0000] "%s HTTP/1.1" %d 3 "-" "curl/8"\n}, 1 + $number++ % 9, $time, $request, $status;
    } @requests);
}

access_log('access.log', map { ("GET /books/@{[$_ * 7 % 90]}", "GET /shelf?row=$_", "GET /loans/reader" . $_ * 13 % 40) } 1 .. 40);

sub one_line { # the words after --, options before
    my ($command, $options, @words) = @_;
    return seep({in => $home}, $command, '--db', $store, @$options, @words ? ('--', @words) : ());
}

# Only what comes before the hunt is looked at.
my @short = ('--budget', '1s', '--connections', 2);

sub is_one_line { like($_[0]{err}, qr/\Aseep: [^\n]*\n\z/, 'one line') or diag($_[0]{err}) }

my $port = free_port();
my $kept = 'results/services/access';

subtest 'a C server: found, and the directory is left behind' => sub {
    my $ran = one_line('bisect', ['access.log', '--target', "http://127.0.0.1:$port", '--confirm', 1000, '--budget', '25s', '--json', 'c.json'],
        $library, '-p', $port);
    my $result = -e "$home/c.json" ? json("$home/c.json") : {};
    is($ran->{exit}, 1, 'exit code') or diag($ran->{err});
    is_deeply($result->{findings}[0]{endpoints}, ['GET /loans/{slug}'], 'the endpoint');
    is($result->{service}, $kept, 'the result names the directory') if exists $result->{service};
    like($ran->{err}, qr/^traffic +120 requests of 3 endpoints over 1 m 59 s, from access\.log$/m, 'what was imported') or diag($ran->{err});
    like($ran->{err}, qr/^server +\Q$library\E -p \$\{PORT\}\n +ready after .* a free port for each trial$/m, 'what was started');
    like($ran->{err}, qr/^memory +live_objects and live_bytes, by malloc agent, 1 process$/m, 'who counts');
    like($ran->{err}, qr/^service +$kept$/m, 'where the directory is');
    like($ran->{err}, qr/^kept +$kept: `seep bisect $kept` asks the same\n\z/m, 'and how to ask again');
    my $yaml = slurp("$home/$kept/service.yaml");
    like($yaml, qr/^# Made from access\.log and a command, source [0-9a-f]{16}:/, 'service.yaml says what it is made from');
    like($yaml, qr/^target: "http:\/\/127\.0\.0\.1:\$\{PORT\}"$/m, 'its target');
    like($yaml, qr/^  directory: \Q$home\E$/m, 'where it runs');
};

subtest 'the directory by itself' => sub {
    my $ran = seep({in => $home}, 'bisect', $kept, '--db', $store, @short, '--json', 'again.json', '-q');
    is($ran->{err}, '', 'nothing is wrong with it');
    cmp_ok(json("$home/again.json")->{trials}, '>=', 1, 'its server was started');
};

subtest 'the same again finds it, what a person wrote there holds' => sub {
    spit("$home/$kept/service.yaml", slurp("$home/$kept/service.yaml") . "agent: none\n");
    my $ran = one_line('bisect', ['access.log', '--target', $port, @short], $library, '-p', $port);
    like($ran->{err}, qr/^service +$kept, made from just this before; what was edited there holds$/m, 'said so') or diag($ran->{err});
    like($ran->{err}, qr/^memory +rss alone: no agent counts what is live in \S*library, .*seep help signals/m, 'and that less is seen');
    ok(!-e "$home/$kept-2", 'no other');
    $ran = one_line('bisect', ['access.log', '--target', $port, @short, '-q'], 'env', "PORT=$port", $library, '-p', $port);
    is($ran->{err}, '', 'quiet');
    ok(-e "$home/$kept-2/service.yaml", 'another command has another place');
    like(slurp("$home/$kept-2/service.yaml"), qr/^  environment:\n    PORT: "?\$\{PORT\}"?$/m, 'its variable follows the port');
};

subtest 'a script in front hides port and program' => sub {
    my $script = spit("$home/serve.sh", "#!/bin/sh\nexec $library -p $port\n");
    chmod 0755, $script;
    my $ran = one_line('bisect', ['access.log', '--target', "localhost:$port", '-o', 'script', @short], './serve.sh');
    like($ran->{err}, qr/ready after .*; always at http:\/\/127\.0\.0\.1:$port$/m, 'the port stays') or diag($ran->{err});
    like($ran->{err}, qr/^memory +live_objects and live_bytes, by malloc agent/m, 'the agent that fits what listens there');
    like(slurp("$home/script/service.yaml"), qr/^agent: malloc$/m, 'is written down');
    $ran = one_line('run', ['access.log', '--target', $port, '-o', 'script'], $library, '-p', $port);
    is($ran->{exit}, 200, 'another service into its place');
    is_one_line($ran);
    like($ran->{err}, qr/-o script: holds a service already, made from something else .*name another/, 'is refused');
};

subtest 'credentials in front of the command reach it, and no file' => sub {
    my ($secret, $check) = ('hunter2-0f5c', 'test "$DB_PASSWORD" = hunter2-0f5c && exec "$1" -p ' . $port);
    spit("$home/check.sh", $check);
    my $ran = one_line('bisect', ['access.log', '--target', $port, '-o', 'secret', @short],
        "DB_PASSWORD=$secret", "DB_URL=postgres://shop:$secret\@db/shop", 'MODE=staging', 'sh', './check.sh', $library);
    like($ran->{err}, qr/^kept /m, 'it started') or diag($ran->{err});
    my $yaml = slurp("$home/secret/service.yaml");
    like($yaml, qr/^    DB_PASSWORD: \$\{DB_PASSWORD\}\n    DB_URL: \$\{DB_URL\}\n    MODE: staging$/m, 'as what comes from outside');
    spit("$home/check.sh", '');
    is(system('grep', '-rqs', $secret, "$home/secret", "$home/results"), 256, 'nowhere else');
    $ran = seep({in => $home}, 'check', 'secret');
    like($ran->{err}, qr/DB_PASSWORD is not set/, 'and asked for later');
};

subtest 'a server that runs already' => sub {
    my $there = free_port();
    access_log('more.log', map { "GET /books/$_" } 1 .. 20);
    my $nobody = one_line('run', ['access.log', '--target', $there]);
    is($nobody->{exit}, 200, 'nobody there');
    like($nobody->{err}, qr/127\.0\.0\.1:$there does not accept connections; nothing was started: -- COMMAND says how/, 'what to add') or diag($nobody->{err});
    start_server($there, $home, $library, '-p', $there);
    my $ran = one_line('bisect', ['access.log', 'more.log', '--target', $there, '-o', 'attached', @short]);
    like($ran->{err}, qr/^traffic +140 requests of 3 endpoints .* from access\.log, more\.log$/m, 'two files') or diag($ran->{err});
    like($ran->{err}, qr/^server +http:\/\/127\.0\.0\.1:$there, as it runs/m, 'taken as it is');
    unlike(slurp("$home/attached/service.yaml"), qr/^start:/m, 'nothing to start is written');
    $ran = one_line('run', ['access.log', '--target', $there, '-o', 'taken'], './serve-without-port.sh');
    is($ran->{exit}, 200, 'its port for another');
    like($ran->{err}, qr/port $there is taken by another process \(pid \d+\): stop it, or start none to watch that one/, 'says what to do');
};

subtest 'a recording from standard input, and one that the server does not answer' => sub {
    access_log('other.log', (map { "GET /orders/$_" } 1 .. 30), map { "POST /loans/x$_" } 1 .. 10);
    my $program = $ENV{SEEP} // root() . '/build/seep';
    system("cd $home && $program run - --db $store --target $port -o other --requests 40 --connections 2 --json other.json "
        . "-- $library -p $port <other.log >other.out 2>other.err");
    is($? >> 8, 125, 'nothing can be said');
    like(slurp("$home/other.err"), qr/GET \/orders\/1 answered 404 where 200 was recorded: is this the server of the recording\?/, 'seen at the first start');
    like(slurp("$home/other.err"), qr/recorded without their bodies, so they may not land: POST \/loans\/\{slug\} \(10\); a HAR has them/, 'and before');
    my %why = map { $_->{endpoints}[0] => $_->{why} } @{json("$home/other.json")->{not_looked_at}};
    like($why{'GET /orders/{id}'}, qr/answered 404 where 200 was recorded: .*another server\?/, 'the result says so') or diag(explain(\%why));
};

subtest 'what goes wrong has a next step' => sub {
    my $other = free_port();
    my $ran = one_line('bisect', ['access.log', '--target', $port, '-o', 'wrong'], 'sh', '-c', "exec $library -p \$((" . ($other - 1) . '+1))');
    is($ran->{exit}, 125, 'another port');
    like($ran->{err}, qr/127\.0\.0\.1:$port does not accept connections; it listens on 127\.0\.0\.1:$other instead; .*library: open on port $other; try --target http:\/\/127\.0\.0\.1:$other$/m,
        'says which, with what it printed') or diag($ran->{err});
    $ran = one_line('bisect', ['access.log', '--target', $port, '-o', 'wrong'], 'sh', '-c', 'echo there is no database >&2; exit 3');
    is($ran->{exit}, 125, 'it ends at once');
    like($ran->{err}, qr/exited with status 3 before it was ready; its last output: there is no database$/m, 'says why') or diag($ran->{err});
    $ran = one_line('bisect', ['access.log', '--target', $port, '-o', 'wrong'], 'no-such-program', $port);
    is($ran->{exit}, 200, 'no such program');
    like($ran->{err}, qr/'no-such-program' was not found in PATH/, 'says so');
    ok(!-e "$home/wrong", 'nothing is left behind');
};

subtest 'what is refused before anything starts' => sub {
    mkdir "$home/empty";
    for my $case ([200, qr/--target is missing: .* seep bisect access\.log --target http:\/\/127\.0\.0\.1:PORT -- COMMAND/, ['access.log'], 'x'],
                  [200, qr/--target is missing/, ['access.log']],
                  [200, qr/^seep: empty is a directory/, ['access.log', 'empty', '--target', $port], 'x'],
                  [200, qr/^seep: empty is a service directory: .*target/, ['empty', '--target', $port], 'x'],
                  [200, qr/^seep: empty is a service directory: .*command/, ['empty'], 'x'],
                  [200, qr/^seep: nowhere\.log: No such file/, ['nowhere.log', '--target', $port], 'x'],
                  [200, qr/--resume goes on with the service directory that was kept: seep bisect DIR --resume 1/, ['access.log', '--target', $port, '--resume', 1], 'x'],
                  [200, qr/is one word: write the command without quotes/, ['access.log', '--target', $port], "x -p $port"],
                  [200, qr/--target: '\S+' is not a URL/, ['access.log', '--target', 'ftp://127.0.0.1'], 'x'],
                  [201, qr/192\.0\.2\.1:80 is not this machine: nothing was sent\. .*`allow`.*seep import/, ['access.log', '--target', 'http://192.0.2.1:80'], 'x']) {
        my ($code, $says, $options, @words) = @$case;
        my $ran = one_line('bisect', [@$options, '-o', 'refused'], @words);
        is($ran->{exit}, $code, "@$options");
        is_one_line($ran);
        like($ran->{err}, $says, 'says what is right');
    }
    my $bare = seep({in => $home}, 'bisect', 'access.log', '--db', $store, '-o', 'refused', '--target', $port, '--');
    is($bare->{exit}, 200, 'nothing behind --');
    like($bare->{err}, qr/^seep: no command after '--': how does the server start\?/, 'is asked for');
    ok(!-e "$home/refused", 'nothing is left behind');
    like(seep('help', 'bisect')->{out}, qr/seep bisect access\.log --target .*-- \\\n.*gunicorn/, 'help shows it');
};

subtest 'Flask, and a POST without its body' => sub {
    plan skip_all => 'Flask and gunicorn are not there' if system('/usr/bin/python3', '-c', 'import flask, gunicorn') != 0;
    make_path("$home/flask");
    spit("$home/flask/app.py", <<'END');
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/notes/<int:number>")
def note(number):
    return jsonify(number=number)


@app.post("/notes")
def write():
    return jsonify(text=request.get_json()["text"])


if __name__ == "__main__":
    raise SystemExit("the settings are missing")
END
    access_log('flask/access.log', map { ("GET /notes/$_", 'POST /notes') } 1 .. 20);
    my @options = ('--db', $store, '--target', "http://127.0.0.1:$port", 'access.log');
    my $ran = seep({in => "$home/flask"}, 'run', @options, '-o', 'made', '--requests', 40, '--connections', 2, '--json', 'r.json', '--',
        '/usr/bin/python3', '-m', 'gunicorn', '-b', "127.0.0.1:$port", 'app:app');
    like($ran->{err}, qr/^memory +live_objects and live_bytes, by python agent, 2 processes$/m, 'who counts') or diag($ran->{err});
    my ($out) = grep { $_->{endpoints}[0] eq 'POST /notes' } @{json("$home/flask/r.json")->{not_looked_at}};
    like($out->{why}, qr/answered 4\d\d where 200 was recorded: it was recorded without its body.*HAR/, 'why the POST was not looked at');
    for my $case (['nosuch:app', 3, qr/exited with status 3 before it (?:answered anything|was ready); .*No module named 'nosuch'/]) {
        my ($app, $status, $says) = @$case;
        my $failed = seep({in => "$home/flask"}, 'run', @options, '--', '/usr/bin/python3', '-m', 'gunicorn', '-b', "127.0.0.1:$port", $app);
        is($failed->{exit}, 125, "$app");
        like($failed->{err}, $says, 'a port that is open is no server yet');
    }
};

subtest 'Express' => sub {
    my $modules = root() . '/build/node_modules';
    plan skip_all => 'express was not fetched (node-agent.t does)' if !-d "$modules/express";
    make_path("$home/express");
    symlink $modules, "$home/express/node_modules";
    spit("$home/express/package.json", '{"name": "shop", "scripts": {"start": "node server.js"}}');
    spit("$home/express/server.js", <<'END');
const app = require('express')();
app.get('/items/:id', (request, response) => response.json({id: request.params.id}));
app.listen(process.env.PORT);
END
    access_log('express/access.log', map { "GET /items/$_" } 1 .. 20);
    for my $command (['node', 'server.js'], ['npm', 'start']) {
        next if $command->[0] eq 'npm' && system('command -v npm >/dev/null') != 0;
        my $ran = seep({in => "$home/express"}, 'bisect', 'access.log', '--db', $store, '--target', "localhost:$port", @short, '--', @$command);
        like($ran->{err}, qr/^memory +live_bytes, by node agent, \d process/m, "@$command") or diag($ran->{err});
        like($ran->{err}, qr/^kept /m, 'and ran');
    }
};

done_testing();
