#!/usr/bin/env perl
# Bad input gets one clear line and its exit code.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';

sub fails {
    my ($code, $pattern, $name, @arguments) = @_;
    subtest $name => sub {
        my $ran = seep(@arguments, '--db', $db);
        is($ran->{exit}, $code, 'exit code');
        my @lines = split /\n/, $ran->{err};
        is(scalar @lines, 1, 'one line') or diag($ran->{err});
        like($lines[0] // '', $pattern, 'it says what');
    };
}

sub broken { # a copy with one file changed
    my ($name, $file, $change) = @_;
    my $directory = copy_service($name);
    my $text = slurp("$directory/$file");
    local $_ = $text;
    $change->();
    spit("$directory/$file", $_);
    return $directory;
}

fails(200, qr/^seep: .*nowhere/, 'a directory that is not there', 'run', 'nowhere');
fails(200, qr/service\.yaml:\d+:\d+: unknown key 'tarket' \(did you mean 'target'\?\)/, 'an unknown key',
    'run', broken('key', 'service.yaml', sub { s/^target:/tarket:/m }));
fails(200, qr/service\.yaml:\d+:\d+: /, 'YAML that is none', 'check', broken('yaml', 'service.yaml', sub { s/allow: \[/allow: [[/ }));
fails(200, qr/get_quote_.*\.yaml:\d+:\d+: .*unit/, 'a rate without its unit', 'check',
    broken('unit', 'get_quote_slug.yaml', sub { s/^rate: .*$/rate: 5/m }));
fails(200, qr/get_quote_.*\.jsonl:\d+/, 'a recording cut in the middle of a line', 'check',
    broken('cut', 'get_quote_slug.jsonl', sub { chop while length > 5000 }));
fails(200, qr/capture.*not supported yet/, 'a key of a later version is refused, not ignored', 'check',
    broken('later', 'get_quote_slug.yaml', sub { $_ .= "capture: {a: {body: b}}\n" }));
fails(200, qr/exited with status 3.*LEAK=maybe/, 'a target that does not start', {env => {LEAK => 'maybe'}}, 'run', copy_service('start'));
fails(200, qr/no-such-program/, 'a command that is not there', 'run',
    copy_service('command', 'command: \[/usr/bin/python3', 'command: [no-such-program'));
fails(200, qr/ready/, 'a dead target', 'run',
    copy_service('dead', 'start:\n(?:  .*\n)+', "ready_timeout: 1s\n", 'target: \S+', 'target: http://127.0.0.1:' . free_port()));
fails(200, qr/no endpoint 'GET \/qote\/\{slug\}'.*did you mean 'GET \/quote\/\{slug\}'/, 'an endpoint that is not there', 'run',
    copy_service('endpoint'), '-e', 'GET /qote/{slug}');
fails(200, qr/'--sped'.*did you mean '--speed'/, 'an unknown option', 'run', copy_service('option'), '--sped', '2x');
fails(200, qr/--fail-if/, 'a limit that is none', 'run', copy_service('limit'), '--fail-if', 'growth is bad');
fails(200, qr/exclude one another/, 'two ways to drive', 'run', copy_service('drive'), '--rate', '5/s', '--speed', '2x');
fails(200, qr/unknown command 'bisekt'.*did you mean 'bisect'/, 'an unknown command', 'bisekt');
fails(200, qr/is not in this version/, 'a command of a later version', 'compare', '1', '2');

subtest 'a port in use' => sub {
    my $port = free_port();
    start_server($port, scratch(), '/usr/bin/python3', '-m', 'http.server', '--bind', '127.0.0.1', $port);
    fails(200, qr/port $port is taken/, 'said so', 'run', copy_service('port', 'target: \S+', "target: http://127.0.0.1:$port"));
};

subtest 'a store that is none' => sub {
    my $file = spit(scratch() . '/none.db', 'this is not a database, but it is long enough to be one' x 20);
    my $ran = seep('runs', '--db', $file);
    is($ran->{exit}, 202, 'exit code');
    is(slurp($file), 'this is not a database, but it is long enough to be one' x 20, 'untouched');
};

done_testing();
