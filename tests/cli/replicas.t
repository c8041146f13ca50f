#!/usr/bin/env perl
# Several servers behind one address: their levels are not compared. One behind the same proxy is judged as ever.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

plan skip_all => 'no nginx here' if !grep { -x "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';
$ENV{PATH} .= ':/usr/sbin';

my $db = scratch() . '/seep.db';
my $live = 3_000_000;
my @servers = map { server($live + $_) } 0, 200_000, 500_000; # at equal distances it may be one whose levels are a saw
my $alike = server($live);
my %proxy = (three => [@servers], one => [$servers[0]], alike => [$servers[0], $alike]);
my %port = map { $_ => free_port() } keys %proxy;

sub server {
    my ($bytes) = @_;
    my $port = free_port();
    local @ENV{'PORT', 'LIVE'} = ($port, $bytes);
    start_server($port, scratch(), '/usr/bin/python3', root() . '/tests/servers/ticking.py');
    return $port;
}

sub start_proxies {
    my $directory = scratch();
    my $user = $> == 0 ? 'user root;' : '';
    my $temporary = join ' ', map { "${_}_temp_path $directory/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    my $servers = join "\n", map {
        my $group = join ' ', map { "server 127.0.0.1:$_;" } @{$proxy{$_}};
        "upstream $_ { $group } server { listen 127.0.0.1:$port{$_}; location / { proxy_pass http://$_; } }"
    } sort keys %proxy;
    spit("$directory/nginx.conf", <<"END");
$user daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log;
events { worker_connections 500; }
http { access_log off; keepalive_requests 100000; $temporary
$servers }
END
    start_server($port{one}, $directory, 'nginx', '-c', "$directory/nginx.conf");
}

# What a command finds of the servers behind a proxy.
sub found {
    my ($command, $behind, $more, @arguments) = @_;
    my $directory = make_service("$command-$behind", <<"END", ['GET /keep', '', map { ['/keep'] } 1 .. 20]);
target: http://127.0.0.1:$port{$behind}
load: {connections: 2}
signals:
  - {name: live_bytes, url: /heap, pointer: /live_bytes, unit: bytes}
$more
END
    my $file = scratch() . "/$command-$behind.json";
    my $ran = seep($command, $directory, '-q', '--db', $db, '--json', $file, @arguments);
    return -e $file ? {%{json($file)}, exit => $ran->{exit}} : {verdict => 'none', reason => $ran->{err}};
}

sub is_several {
    my ($result, $count, $name) = @_;
    is($result->{exit}, 125, "$name: exit code");
    is($result->{verdict}, 'inconclusive', "$name: verdict");
    like($result->{reason}, qr{^$count servers seem to answer at \S*127\.0\.0\.1:\d+: levels of different processes cannot be compared}, "$name: why");
    is($result->{replay}{planned}, 0, "$name: nothing was sent");
}

start_proxies();
is_several(found($_, 'three', ''), 3, "$_, by levels") for 'run', 'bisect';
is_several(found('run', 'alike', '  - {name: worker, url: /heap, pointer: /pid, unit: other}'), 2, 'run, by pid');

my $one = found('run', 'one', '', '--requests', 500);
is($one->{verdict}, 'no_growth', 'one server is judged') or diag($one->{reason});

done_testing();
