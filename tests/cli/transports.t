#!/usr/bin/env perl
# Every way to a target, to servers and proxies as Debian has them: TLS, client certificates, HTTP/2, proxies,
# Unix sockets; and what is said where the way is not there. The target's own log says what came, and how.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use Test::More;
use Seep;

$ENV{PATH} .= ':/usr/sbin:/sbin';
my $db = scratch() . '/seep.db';
my $json = scratch() . '/run.json';
my $pki = scratch() . '/pki';
my $access = scratch() . '/access.log';
my %port = map { $_ => free_port() } qw(tls client h1 h2c plain);
my $services = 0;

sub command { system('sh', '-ec', $_[0]) == 0 or die "failed: $_[0]" }

# An authority, what it signed for 127.0.0.1 and shop.example, a client's certificate, and an authority of nobody.
sub make_certificates {
    mkdir $pki;
    command(<<"END");
cd $pki; exec 2>openssl.log
new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 \$new -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
openssl req -x509 \$new -days 2 -subj /CN=nobody -keyout nobody.key -out nobody.pem
openssl req \$new -subj /CN=server -addext subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:shop.example -keyout server.key -out server.csr
openssl req \$new -subj /CN=client -keyout client.key -out client.csr
for who in server client; do
    openssl x509 -req -in \$who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out \$who.pem
done
END
}

sub start_nginx {
    my $directory = scratch() . '/nginx';
    mkdir $directory;
    spit("$directory/www/big", 'x' x 200_000);
    my $user = $> == 0 ? 'user root;' : '';
    my $tls = "ssl_certificate $pki/server.pem; ssl_certificate_key $pki/server.key;";
    my $answers = "root $directory/www; location /small { return 200 hello; } location = /taken { access_log off; return 200 taken; } "
        . "location = /post { proxy_pass http://127.0.0.1:$port{plain}/taken; }"; # which reads the body
    my $temporary = join ' ', map { "${_}_temp_path $directory/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    spit("$directory/nginx.conf", <<"END");
$user daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log;
events { worker_connections 2000; }
http {
    $temporary keepalive_requests 100000;
    log_format how '\$server_port \$server_protocol \$request_method \$request_uri host=\$http_host sni=\$ssl_server_name run=\$http_x_seep_run';
    access_log $access how;
    server { listen 127.0.0.1:$port{tls} ssl http2; $tls $answers }
    server { listen 127.0.0.1:$port{h1} ssl; $tls $answers }
    server { listen 127.0.0.1:$port{client} ssl; $tls ssl_client_certificate $pki/ca.pem; ssl_verify_client on; $answers }
    server { listen 127.0.0.1:$port{h2c} http2; $answers }
    server { listen 127.0.0.1:$port{plain}; $answers }
}
END
    start_server($port{plain}, $directory, 'nginx', '-c', "$directory/nginx.conf");
}

# A service directory that attaches to what `yaml` says, with a small and a big answer and a POST.
sub service {
    my ($yaml) = @_;
    my $directory = scratch() . '/service' . $services++;
    my $wait = $yaml =~ /^start:/m ? '20s' : '2s'; # what is there already needs no time to come up
    spit("$directory/service.yaml", "ready_timeout: $wait\nmethods: [POST]\n$yaml");
    for (['small', 'GET'], ['big', 'GET'], ['post', 'POST']) {
        my ($name, $method) = @$_;
        my $body = $method eq 'POST' ? ',"body":"' . ('eHh4' x 20_000) . '"' : '';
        spit("$directory/$name.yaml", "endpoint: $method /$name\nrecording: $name.jsonl\nrate: 10/s\n");
        spit("$directory/$name.jsonl", join '', map {
            qq({"method":"$method","url":"/$name","t_us":) . $_ * 1000 . qq(,"session":"s@{[$_ % 3]}","endpoint":"$method /$name","status":200$body}\n)
        } 1 .. 10);
    }
    return $directory;
}

# Runs 300 requests; all of them must be done as recorded. Returns what the target wrote down meanwhile.
sub lands {
    my ($name, $yaml, @arguments) = @_;
    my $before = length slurp($access);
    unlink $json;
    my $ran = seep('run', service($yaml), '--db', $db, '--json', $json, '--connections', '5', '--requests', '300', '-q', @arguments);
    my $result = -e $json ? json($json) : {};
    like($ran->{exit}, qr/^(0|125)$/, "$name: ran") or diag($ran->{err});
    is($result->{replay}{done}, 300, "$name: all done");
    is(scalar @{$result->{not_looked_at} // ['nothing']}, 0, "$name: each endpoint as recorded");
    return substr slurp($access), $before;
}

# One clear line and an exit code; the target hears nothing.
sub fails {
    my ($name, $yaml, $code, $said) = @_;
    my $before = slurp($access);
    for my $command ('run', 'check') {
        my $ran = seep($command, service($yaml), '-q', $command eq 'run' ? ('--db', $db) : ());
        is($ran->{exit}, $code, "$name: exit code of $command");
        like($ran->{err}, qr/^seep: [^\n]*$said[^\n]*\n\z/, "$name: one line") or diag($ran->{err});
    }
    is(slurp($access), $before, "$name: nothing was sent");
}

sub all_like {
    my ($log, $pattern, $name) = @_;
    my @lines = split /\n/, $log;
    my @others = grep { !/$pattern/ } @lines;
    ok(@lines >= 300 && !@others, $name) or diag(scalar(@lines) . ' lines, ' . join("\n", @others[0 .. ($#others < 3 ? $#others : 3)]));
}

make_certificates();
start_nginx();
my $https = "target: https://127.0.0.1:$port{tls}\n";
my $ready = "ready: GET /small\n";

subtest 'TLS' => sub {
    my $log = lands('an authority of our own', "$https${ready}tls: {ca: $pki/ca.pem}\n");
    all_like($log, qr{ HTTP/1\.1 .* host=127\.0\.0\.1:$port{tls} sni=- }, 'HTTP/1.1, by ALPN as well');
    $log = lands('another name', "$https${ready}tls: {ca: $pki/ca.pem, name: shop.example}\nhost: www.shop.example\n");
    all_like($log, qr{host=www\.shop\.example sni=shop\.example run=}, 'the names that were asked for');
    lands('a handshake is ready enough', "${https}tls: {ca: $pki/ca.pem}\n");
    lands('nobody is asked for', "$https${ready}tls: {insecure: true}\n");
    lands('a connection each', "$https${ready}tls: {ca: $pki/ca.pem}\nreuse: never\n");
};

subtest 'a certificate that is not trusted' => sub {
    my $said = qr/certificate is not trusted: .*tls\.ca.*tls\.insecure/;
    for my $probe ('', $ready) {
        fails('another authority', "$https${probe}tls: {ca: $pki/nobody.pem}\n", 200, $said);
        fails('the system\'s authorities', "$https$probe", 200, $said);
        fails('another name', "$https${probe}tls: {ca: $pki/ca.pem, name: other.example}\n", 200, $said);
        fails('HTTP/2', "$https${probe}http: 2\n", 200, $said);
    }
    fails('a file that holds none', "${https}tls: {ca: $pki/server.key}\n", 200, qr/tls\.ca: /);
};

subtest 'client certificates' => sub {
    my $target = "target: https://127.0.0.1:$port{client}\n$ready";
    lands('shown', "${target}tls: {ca: $pki/ca.pem, cert: $pki/client.pem, key: $pki/client.key}\n");
    my $ran = seep('run', service("${target}tls: {ca: $pki/ca.pem}\n"), '--db', $db, '-q');
    is($ran->{exit}, 200, 'not shown');
    like($ran->{err}, qr/GET \S*small answered 400/, 'the target says no');
    fails('of another key', "${target}tls: {ca: $pki/ca.pem, cert: $pki/client.pem, key: $pki/server.key}\n", 200, qr/tls\.key: /);
};

subtest 'HTTP/2' => sub {
    my $log = lands('over TLS', "$https${ready}tls: {ca: $pki/ca.pem}\nhttp: 2\nhost: shop.example:81\n");
    all_like($log, qr{ HTTP/2\.0 .* host=(shop\.example:81)?}, 'by ALPN');
    $log = lands('in cleartext', "target: http://127.0.0.1:$port{h2c}\n${ready}http: 2\n");
    all_like($log, qr{ HTTP/2\.0 }, 'at once');
    my $ran = seep('check', service("target: https://127.0.0.1:$port{h1}\n${ready}tls: {ca: $pki/ca.pem}\nhttp: 2\n"));
    is($ran->{exit}, 200, 'a target that does not speak it');
    like($ran->{err}, qr/does not speak HTTP\/2/, 'said so') or diag($ran->{err});
};

sub start_tinyproxy {
    my ($port, @connect) = @_;
    my $log = scratch() . "/tinyproxy.$port.log";
    my $file = spit(scratch() . "/tinyproxy.$port.conf", join "\n", "Port $port", 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'Timeout 60',
        'MaxClients 50', "LogFile \"$log\"", 'LogLevel Connect', (map { "ConnectPort $_" } @connect), '');
    start_server($port, scratch(), 'tinyproxy', '-d', '-c', $file);
    return $log;
}

subtest 'an HTTP proxy' => sub {
    my $port = free_port();
    my $log = start_tinyproxy($port, $port{tls}, $port{plain});
    my $proxy = "proxy: http://127.0.0.1:$port\n";
    lands('https through it', "target: https://localhost:$port{tls}\n$ready${proxy}tls: {ca: $pki/ca.pem}\n");
    my $heard = lands('http through it', "target: http://localhost:$port{plain}\n$ready$proxy");
    all_like($heard, qr{host=localhost:$port{plain} }, 'the target hears its own name');
    lands('HTTP/2 through it', "target: https://localhost:$port{tls}\n$ready${proxy}tls: {ca: $pki/ca.pem}\nhttp: 2\n");
    my @asked = slurp($log) =~ /Request \(file descriptor \d+\): (.*)/g;
    cmp_ok(scalar @asked, '>', 2, 'the proxy was asked');
    is(scalar(grep { !m{^CONNECT 127\.0\.0\.1:\d+ HTTP} } @asked), 0, 'for the address that was checked, never for a name')
        or diag(join "\n", @asked[0 .. 3]);
    my $ran = seep('check', service("target: http://127.0.0.1:$port{h2c}\nproxy: http://127.0.0.1:$port\n"));
    is($ran->{exit}, 200, 'a proxy that refuses');
    like($ran->{err}, qr/not ready after.*403/, 'says so') or diag($ran->{err});
};

subtest 'a SOCKS proxy' => sub {
    my $port = free_port();
    start_server($port, scratch(), 'microsocks', '-i', '127.0.0.1', '-p', $port);
    my $proxy = "proxy: socks5://127.0.0.1:$port\n";
    lands('https through it', "target: https://localhost:$port{tls}\n$ready${proxy}tls: {ca: $pki/ca.pem}\n");
    lands('http through it', "target: http://localhost:$port{plain}\n$ready$proxy");
    my @asked = slurp(scratch() . '/server.log') =~ /connected to (.*)/g;
    cmp_ok(scalar @asked, '>', 2, 'the proxy was asked');
    is(scalar(grep { !/^127\.0\.0\.1:/ } @asked), 0, 'for the address that was checked') or diag(join "\n", @asked[0 .. 3]);
    fails('names that the proxy would resolve', "target: http://127.0.0.1:$port{plain}\nproxy: socks5h://127.0.0.1:$port\n", 200,
        qr/service\.yaml:\d+:8: .*nobody can check its address/);
    fails('nobody there', "target: http://127.0.0.1:$port{plain}\nproxy: socks5://127.0.0.1:" . free_port() . "\n", 200,
        qr/not ready after/);
};

subtest 'a proxy outside `allow`' => sub {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.2', LocalPort => 0, Listen => 8, Blocking => 0) or die "socket: $!";
    for my $scheme ('http', 'socks5') {
        fails($scheme, "target: http://127.0.0.1:$port{plain}\nproxy: $scheme://127.0.0.2:" . $listener->sockport . "\n", 201,
            qr/proxy: 127\.0\.0\.2 is not an address that `allow` names/);
    }
    ok(!defined $listener->accept, 'nobody connected to it');
};

subtest 'Unix sockets' => sub {
    my $application = scratch() . '/application';
    spit("$application/app.py", <<'END');
import os

def app(environ, start):
    environ["wsgi.input"].read()
    with open(os.environ["HEARD"], "a") as log:
        log.write(environ["HTTP_HOST"] + " " + environ["PATH_INFO"] + "\n")
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 1000]
END
    my $heard = scratch() . '/heard';
    my $socket = scratch() . '/app-${PORT}.sock';
    my $start = "start: {command: [/usr/bin/python3, -m, gunicorn, -w, '1', -k, gthread, --threads, '8', -b, 'unix:$socket', 'app:app'], directory: $application, environment: {HEARD: $heard}}\n";
    lands('one for each trial', "target: unix:$socket\n$start$ready");
    lands('a connect is enough, and a Host header of our own', "target: unix://$socket\n${start}host: shop.example\nreuse: always\n");
    my @hosts = map { /^(\S+)/ } split /\n/, slurp($heard);
    is(scalar(grep { $_ eq 'localhost' } @hosts[0 .. 300]), 301, 'Host: localhost');
    is($hosts[-1], 'shop.example', 'unless `host` says otherwise');
    fails('outside `allow`', "target: unix:$socket\n${start}allow: [127.0.0.1]\n", 201, qr/is not a socket that `allow` names/);
    fails('a file that nobody listens on', 'target: unix:' . spit(scratch() . '/stale.sock', '') . "\n", 200, qr/stale\.sock does not accept connections/);
};

subtest '300 TLS connections' => sub {
    my $service = service("$https${ready}tls: {ca: $pki/ca.pem}\n");
    my $seep = $ENV{SEEP} // root() . '/build/seep';
    my @run = ($seep, 'run', $service, '--db', $db, '--json', $json, '-q', '--connections', '300', '--requests', '3000', '-e', 'GET /small');
    my $limited = sub {
        my ($limit) = @_;
        unlink $json;
        return system('sh', '-c', "ulimit $limit; exec \"\$@\" 2>" . scratch() . '/limited.err', 'sh', @run) >> 8;
    };
    my $exit = $limited->('-S -n 256');
    like($exit, qr/^(0|1|125)$/, 'the soft limit is raised, whatever 300 connections do to the memory of nginx') or diag(slurp(scratch() . '/limited.err'));
    my $result = json($json);
    is($result->{replay}{done}, 3000, 'all done');
    cmp_ok($result->{own}{max_rss_bytes}, '<', 45 * 1024 * 1024, 'in bounded memory') unless $ENV{ASAN_OPTIONS};
    is($limited->('-n 512'), 200, 'the hard limit is not');
    like(slurp(scratch() . '/limited.err'), qr/300 connections need \d+ descriptors/, 'said so');
};

done_testing();
