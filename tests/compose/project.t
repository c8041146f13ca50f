#!/usr/bin/env perl
# start: {compose: FILE, service: NAME}: seep, on the host, brings up somebody's project for itself, gives each trial a fresh
# container, says how one ended, and leaves nothing behind. The project is up by itself meanwhile, with a published port, a fixed
# name and a named volume that two of it could not have.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use Test::More;
use Seep;

my $built = compose('build', 'pricing');
is($built->{exit}, 0, 'an image with Python') or BAIL_OUT($built->{out});

my $shop = scratch() . '/shop';
my $port = free_port();
spit("$shop/app/app.py", <<'END');
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEEP = int(os.environ.get("KEEP", "0"))
kept = []
if os.environ.get("BROKEN"):
    print("no such table: shop", flush=True)
    sys.exit(3)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_GET(self):
        if self.path.startswith("/note") and KEEP:
            kept.append(b"x" * KEEP)
        self.send_response(500 if self.path == "/sick" else 200)
        self.send_header("Content-Length", "2")
        if os.environ.get("CLOSES"):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


print("listening", flush=True)
ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
END
spit("$shop/docker-compose.yml", <<"END");
services:
  web:
    image: seep-pricing
    container_name: @{[project()]}-fixed
    user: "4321"
    command: [python3, /app/app.py]
    environment: {KEEP: "\${KEEP:-0}", BROKEN: "\${BROKEN:-}", CLOSES: "\${CLOSES:-}"}
    ports: ["127.0.0.1:$port:8000"]
    volumes: ["./app:/app:ro", "data:/data"]
    mem_limit: \${LIMIT:-500m}
    depends_on: [other]
    healthcheck:
      test: [CMD, python3, -I, -c, "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/\${CHECK:-well}')"]
      interval: 1s
      retries: 2
  other:
    image: seep-pricing
    command: [sleep, infinity]
    stop_signal: SIGKILL
volumes:
  data: {name: @{[project()]}-data}
END

sub endpoint {
    my ($method, $name) = @_;
    my $file = lc "${method}_$name";
    my @lines = map { sprintf '{"method":"%s","url":"/%s/%d","t_us":%d,"session":"s","endpoint":"%s /%s/{id}","status":200}', $method, $name,
        $_, $_ * 1000000, $method, $name } 1 .. 60;
    spit("$shop/seep/$file.jsonl", join "\n", '{"seep":1,"source":["made"]}', @lines, '');
    spit("$shop/seep/$file.yaml", "endpoint: $method /$name/{id}\nrecording: $file.jsonl\nrate: 1/s\n");
}
endpoint('GET', 'note');
endpoint('GET', 'words');
endpoint('POST', 'login');
my $start = "target: http://web:8000\nstart: {compose: ../docker-compose.yml, service: web}\n";
spit("$shop/seep/service.yaml", "${start}ready: GET /health\n");
spit("$shop/seep/service.checked.yaml", $start);

my $db = scratch() . '/seep.db';
my $json = scratch() . '/result.json';

sub hunt {
    my ($environment, @arguments) = @_;
    unlink $json;
    my $ran = seep({env => $environment}, @arguments, '--db', $db, '--json', $json);
    return ($ran, -e $json ? json($json) : {findings => [], thresholds => [], not_looked_at => [], reason => $ran->{err}});
}

sub of_trials { # what carries seep's name; the test's own project is called seep-test-...
    my @names = map { split /\n/ } docker('ps', '-a', '--format', '{{.Names}}'), docker('network', 'ls', '--format', '{{.Name}}'),
        docker('volume', 'ls', '--format', '{{.Name}}');
    return join ' ', grep { /^seep-p[0-9a-f]{8}-/ } @names;
}

my @own = ('-p', project(), '-f', "$shop/docker-compose.yml");
is(compose({files => ["$shop/docker-compose.yml"]}, 'up', '-d')->{exit}, 0, "the project is up, its user's own");

my ($ran, $result) = hunt({KEEP => 200}, 'bisect', "$shop/seep", '--confirm', '3000');
is($ran->{exit}, 1, 'bisect: growth') or diag($result->{reason}, $ran->{err});
is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], ['GET /note/{id}'], 'the endpoint');
like($result->{findings}[0]{sites}[0]{site} // '', qr{^/app/app\.py:\d+$}, 'the line, told by an agent of another user');
ok((grep { $_ eq 'isolated' } @{$result->{findings}[0]{confirmed}}), 'confirmed in a fresh container');
is_deeply($result->{not_looked_at}, [], 'methods that change something are sent too: nobody else uses the project');
is(of_trials(), '', 'nothing of it is left');
like(docker('ps', '--format', '{{.Names}}'), qr/^@{[project()]}-fixed$/m, "the user's own runs on");

($ran, $result) = hunt({KEEP => 200000, LIMIT => '64m'}, 'run', "$shop/seep", '-e', 'GET /note/{id}', '--requests', '4000', '--connections', '4');
is($ran->{exit}, 1, 'killed for memory: a limit that is crossed');
like($result->{reason} . join('', @{$result->{caveats}}), qr/killed for memory \(its limit is 64 MiB\) after \d+ requests/, 'how it ended, after how many requests');
is($result->{thresholds}[0]{limit} // '', 'memory of the container > 64 MiB', 'which limit');
is_deeply($result->{not_looked_at}, [], 'what was still to be sent is no missing answer');

($ran, $result) = hunt({CHECK => 'sick'}, 'run', "$shop/seep/service.checked.yaml", '--requests', '100');
is($ran->{exit}, 125, 'never healthy: nothing is judged');
like($ran->{err}, qr/not ready: its health check failed: .*HTTP Error 500/, 'says what the check said');

($ran, $result) = hunt({BROKEN => 1}, 'run', "$shop/seep", '--requests', '100');
is($ran->{exit}, 125, 'it ends before it is ready');
like($ran->{err}, qr/exited with status 3 before it was ready; its last output: no such table: shop/, 'says how, and its last words');
is(of_trials(), '', 'nothing is left of these');

seep({kill => [qr/replaying|warming up/, 'KILL']}, 'bisect', "$shop/seep", '--db', $db);
isnt(of_trials(), '', 'a seep that is killed leaves its containers');
($ran, $result) = hunt({}, 'run', "$shop/seep", '--requests', '400', '--connections', '4');
is($result->{replay}{done}, 400, 'the next one works') or diag($ran->{err});
is(of_trials(), '', 'and removes what was left');

# Who closes first keeps the port for a minute: there are 28,000 to one address.
sub ports_kept { return scalar grep { /^\s*\d+: \S+ [0-9A-F]+:1F40 06 / } split /\n/, slurp('/proc/net/tcp') }
my $before = ports_kept();
($ran, $result) = hunt({CLOSES => 1}, 'run', "$shop/seep", '--requests', '2000', '--connections', '4', '--no-early-stop');
is($result->{replay}{done}, 2000, 'a server that closes after each answer') or diag($ran->{err});
cmp_ok(ports_kept() - $before, '<', 500, 'is left to close first');

spit("$shop/seep/service.wrong.yaml", "target: http://shop:8000\nstart: {compose: ../docker-compose.yml, service: shop}\n");
$ran = seep('run', "$shop/seep/service.wrong.yaml", '--db', $db);
is($ran->{exit}, 200, 'no such service');
like($ran->{err}, qr/docker-compose\.yml has no service 'shop' \(services: other, web;/, 'says which there are');
$ran = seep({env => {PATH => '/nowhere'}}, 'run', "$shop/seep", '--db', $db);
is($ran->{exit}, 200, 'no client of compose');
like($ran->{err}, qr/neither `docker compose` nor docker-compose/, 'says so');

compose({files => ["$shop/docker-compose.yml"]}, 'down', '-v', '-t', '1');
is(left_behind(), '', 'nothing is left behind');
done_testing();
