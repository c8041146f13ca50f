#!/usr/bin/env perl
# Servers whose runtime tells what is live in them without any agent: a JVM over its attach socket, Go by net/http/pprof.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $runs = 0;

sub found {
    my ($program) = @_;
    return (grep { -x } map { "$_/$program" } '/usr/bin', '/usr/lib/go/bin', split /:/, $ENV{PATH})[0];
}

sub service {
    my ($name, @command) = @_;
    my $words = join ', ', map { qq("$_") } @command;
    return make_service($name, <<"END", ['GET /leak', '', map { ['/leak'] } 1 .. 20], ['GET /ok', '', map { ['/ok'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: [$words]}
ready: GET /health
load: {connections: 4}
END
}

sub run {
    my ($directory, $leak, @arguments) = @_;
    my $file = scratch() . '/result-' . ++$runs . '.json';
    my $command = shift @arguments;
    my $ran = seep({env => {LEAK => $leak}}, $command, $directory, @arguments, '--db', $db, '--json', $file);
    return ($ran, -e $file ? json($file) : {findings => [], verdict => 'none', reason => $ran->{err}});
}

sub leak_is_seen {
    my ($directory, $who, $bytes_most) = @_;
    my $out = seep('check', $directory)->{out};
    like($out, qr/^live_objects +\d+ objects +decides; .*; by $who, 1 process$/m, 'check: objects');
    like($out, qr/^live_bytes +[\d.]+ \w+ +decides; /m, 'check: bytes');
    like($out, qr/^snapshot by $who, 1 process: read, \d+ sites/m, 'check: sites');
    my ($ran, $result) = run($directory, 'on', 'run', '-e', 'GET /leak', '--connections', '2', '--requests', '60000');
    is($ran->{exit}, 1, 'growth') or diag($result->{reason});
    my $finding = $result->{findings}[0] // {};
    my ($objects, $bytes) = ($finding->{objects_per_request} // 0, $finding->{bytes_per_request} // 0);
    ok($objects > 0.9 && $objects < 1.1, 'one object per request') or diag($objects);
    ok($bytes > 100 && $bytes < $bytes_most, 'and its bytes') or diag($bytes);
    ($ran, $result) = run($directory, 'off', 'run', '-e', 'GET /leak', '--connections', '2', '--requests', '60000');
    isnt($ran->{exit}, 1, 'no growth where nothing is kept') or diag($result->{reason});
}

my $java = found('java');

sub java_starts {
    my $log = scratch() . '/java.log';
    return defined $java && system("$java -version > $log 2>&1 && $java --list-modules 2>> $log | grep -q jdk.compiler") == 0;
}

subtest 'Java' => sub {
    plan skip_all => 'there is no JDK (make test-runtimes installs one)' if !java_starts();
    my @server = ($java, root() . '/tests/servers/java/Server.java', '${PORT}');
    leak_is_seen(service('java', @server), 'JVM', 150);
    my $out = seep('check', service('deaf', $java, '-XX:+DisableAttachMechanism', @server[1, 2]))->{out};
    like($out, qr/^live_bytes +- +the JVM of process \d+: it runs with -XX:\+DisableAttachMechanism/m, 'one that does not listen says so');
    like($out, qr/^rss .* decides/m, 'then RSS decides');
};

subtest 'Go' => sub {
    my $go = found('go');
    plan skip_all => 'there is no Go (make test-runtimes installs it)' if !defined $go;
    local @ENV{qw(GO111MODULE GOCACHE HOME)} = ('off', scratch() . '/cache', scratch());
    is(system($go, 'build', '-o', scratch() . '/server', root() . '/tests/servers/go/main.go'), 0, 'built');
    leak_is_seen(service('go', scratch() . '/server', '${PORT}'), "Go's heap page", 170);
    spit(scratch() . '/bare.go', <<'END');
package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/health", func(response http.ResponseWriter, request *http.Request) {})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
END
    is(system($go, 'build', '-o', scratch() . '/bare', scratch() . '/bare.go'), 0, 'built without pprof');
    my $out = seep('check', service('no-pprof', scratch() . '/bare', '${PORT}'))->{out};
    like($out, qr/^live_bytes +- +this Go program has no .*: it does not import net\/http\/pprof/m, 'one without pprof says so');
};

done_testing;
