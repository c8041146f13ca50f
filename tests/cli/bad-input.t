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
        my @lines = grep { !/^\d+ m?s\b/ } split /\n/, $ran->{err}; # without those of progress, on a slow machine
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
fails(200, qr/get_quote_slug\.yaml:\d+:21: pattern, offset 2: /, 'a pattern that is none', 'check',
    broken('pattern', 'get_quote_slug.yaml', sub { $_ .= "capture: {a: {body: 'b('}}\n" }));
fails(200, qr/get_quote_slug\.yaml:\d+:\d+: \{\{tokn\}\} is what no `capture` here fills \(did you mean 'token'\?\)/,
    'a name that nothing captures', 'check',
    broken('name', 'get_quote_slug.yaml', sub { $_ .= "capture: {token: {header: T}}\nheaders: {A: \"{{tokn}}\"}\n" }));
fails(200, qr/get_quote_slug\.yaml:\d+:15: '\S+' has no single segment \{slag\} \(did you mean 'slug'\?\)/,
    'a key that is no part of the route', 'check',
    broken('fresh', 'get_quote_slug.yaml', sub { $_ .= "fresh: {path: slag}\n" }));
fails(200, qr/get_quote_slug\.yaml:\d+:10: '120%' is more than 100%/, 'more clients that hang up than there are', 'check',
    broken('abandon', 'get_quote_slug.yaml', sub { $_ .= "abandon: 120%\n" }));
fails(200, qr/service\.yaml:\d+:11: '100 MB': growth that was observed is an amount and a time, as in 100 MB\/3d/, 'a chart without its time',
    'check', broken('observed', 'service.yaml', sub { $_ .= "observed: 100 MB\n" }));
fails(200, qr/service\.yaml:\d+:12: '0': expected a number from 1/, 'nobody to serve the requests', 'check',
    broken('instances', 'service.yaml', sub { $_ .= "instances: 0\n" }));
fails(200, qr/service\.yaml:\d+:\d+: a setup needs a request/, 'a setup without a request', 'check',
    broken('setup', 'service.yaml', sub { $_ .= "setup: [{capture: {a: {header: A}}}]\n" }));
fails(125, qr/exited with status 3.*LEAK=maybe/, 'a target that does not start', {env => {LEAK => 'maybe'}}, 'run', copy_service('start'));
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
fails(200, qr/merge needs -o FILE/, 'a merge to nowhere', 'merge', '1', '2');

# A hunt's own options, and runs that cannot go on.
fails(200, qr/--strategy 'quick': expected seep, linear, binary or ddmin/, 'an unknown strategy', 'bisect', copy_service('hunt'), '--strategy', 'quick');
fails(200, qr/--jobs: from 1 to 16/, 'no job', 'bisect', copy_service('hunt'), '--jobs', '0');
fails(200, qr/--jobs: from 1 to 16/, '99 jobs', 'bisect', copy_service('hunt'), '--jobs', '99');
fails(200, qr/--jobs: several servers at once need a `start`, and \$\{PORT\}/, 'two jobs on one port', 'bisect',
    copy_service('fixed', 'target: \S+', 'target: http://127.0.0.1:' . free_port()), '--jobs', '2');
fails(200, qr/no run '999'/, 'a run that is not there', 'bisect', copy_service('hunt'), '--resume', '999');
fails(200, qr/run \d+ is a `run`: only a `bisect` can go on/, 'a run that is no hunt', 'bisect', copy_service('hunt'), '--resume', 'last');
fails(200, qr/--label: /, 'a new name for an old run', 'bisect', copy_service('hunt'), '--resume', 'last', '--label', 'x');
fails(125, qr/LEAK=maybe/, 'a hunt whose target does not start', {env => {LEAK => 'maybe'}}, 'bisect', copy_service('hunt'), '-q');
fails(200, qr/--signal: run \d+ began without, and goes on so/, 'another signal for it', {env => {LEAK => 'maybe'}}, 'bisect',
    copy_service('hunt'), '--resume', 'last', '--signal', 'rss');
fails(200, qr/run \d+ cannot go on: .*environment.* has changed since/, 'another environment', {env => {LEAK => 'off'}}, 'bisect',
    copy_service('hunt'), '--resume', 'last');
fails(200, qr/run \d+ cannot go on: .* has changed since/, 'another recording', {env => {LEAK => 'maybe'}}, 'bisect',
    broken('hunt', 'get_tax.jsonl', sub { s/\n\z// }), '--resume', 'last');
fails(125, qr/LEAK=maybe/, 'nothing has changed: it goes on, and does not start again', {env => {LEAK => 'maybe'}}, 'bisect',
    copy_service('hunt'), '--resume', 'last', '-q');

# Files that are none: one line each, and nothing is written.
my $har = '{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"GET","url":"http://h%s","headers":[%s]},"response":{"status":200}}]}}';
my $line = '10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /%s HTTP/1.1" 200 1 "-" "-"' . "\n";
sub import_fails {
    my ($name, $text, $pattern) = @_;
    (my $file = $name) =~ s/\W+/-/g;
    my $path = ref $text ? $$text : spit(scratch() . "/bad/$file", $text);
    subtest "import: $name" => sub {
        my $ran = seep('import', $path, '-o', scratch() . "/into-$file");
        is($ran->{exit}, 200, 'exit code');
        like($ran->{err}, qr/\Aseep: [^\n]*\n\z/, 'one line') or diag($ran->{err});
        like($ran->{err}, $pattern, 'it says what');
        ok(!glob(scratch() . "/into-$file/*.yaml"), 'nothing was written');
    };
}
import_fails('an empty file', '', qr/empty/);
import_fails('a binary file', join('', map { chr(($_ * 7919) % 256) } 1 .. 100_000), qr/no known format/);
import_fails('a directory', \scratch(), qr/is a directory/);
import_fails('no file', \'/nowhere/at.all', qr/No such file/);
import_fails('HAR that is no JSON', '{"log": {"entries": [nothing]}}', qr/nothing to import: 1 skipped, most for: not JSON/);
import_fails('HAR cut in the middle', substr(sprintf($har, '/a', ''), 0, 120), qr/:1:121: the archive ends here/);
import_fails('HAR of wrong types', '{"log":{"entries":{"a":[1,null,"x"]}}}', qr/no list at log\.entries/);
import_fails('HAR of wrong entries', '{"log":{"entries":[null,1,"x",[],{"request":[]},{"request":{"url":{},"method":7}}]}}', qr/nothing to import: 6 skipped/);
import_fails('HAR with a line break in a URL', sprintf($har, '/a\r\nX-Evil: 1', ''), qr/control characters/);
import_fails('HAR with a line break in a header', sprintf($har, '/a', '{"name":"A","value":"b\r\nX-Evil: 1"}'), qr/control characters/);
import_fails('HAR with a NUL in a URL', sprintf($har, '/a\u0000b', ''), qr/nothing to import/);
import_fails('HAR 10,000 levels deep', '{"log":{"entries":' . '[' x 10_000 . ']' x 10_000 . '}}', qr/nothing to import: 1 skipped, most for: not JSON/);
import_fails('a log with NULs', sprintf($line, "a\0b") x 5, qr/control characters/);
import_fails('a line of 20 MB', sprintf($line, 'a' x 20_000_000), qr/no known format/);

fails(200, qr/service\.yaml:1:\d+: anchors/, 'a YAML bomb', 'check', broken('bomb', 'service.yaml', sub { $_ = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n" }));
fails(200, qr/service\.yaml:1:\d+: nested more than/, 'YAML 20,000 levels deep', 'check', broken('deep', 'service.yaml', sub { $_ = 'target: ' . '[' x 20_000 }));
fails(200, qr/service\.yaml:1:\d+: /, 'YAML that is binary', 'check', broken('binary', 'service.yaml', sub { $_ = "\x00\xff\xfe\x80" x 100 }));
fails(200, qr/nope\.jsonl: No such file/, 'a recording that is not there', 'check',
    broken('recording', 'get_tax.yaml', sub { s/^recording: .*/recording: nope.jsonl/m }));
fails(200, qr{/dev/zero: not a regular file}, 'a recording without an end', 'check',
    broken('endless', 'get_tax.yaml', sub { s{^recording: .*}{recording: /dev/zero}m }));
fails(200, qr/get_tax\.jsonl:2:\d+: /, 'a line break in a recorded URL', 'check',
    broken('break', 'get_tax.jsonl', sub { s{"url":"/}{"url":"/\\r\\nX-Evil: 1} }));
fails(200, qr/post_quote\.jsonl:2:\d+: .*control character/, 'a line break in a recorded header', 'check',
    broken('break-header', 'post_quote.jsonl', sub { s/"header":\{/"header":{"X":["a\\r\\nX-Evil: 1"],/ }));
fails(200, qr/get_tax\.jsonl:2:\d+: not JSON/, 'a recording 10,000 levels deep', 'check',
    broken('deep-recording', 'get_tax.jsonl', sub { s/"header":\{/'"header":{"X":' . '[' x 10_000/e }));
my $twice = copy_service('twice');
spit("$twice/z.yaml", slurp("$twice/get_tax.yaml"));
fails(200, qr/z\.yaml:1:\d+: endpoint 'GET \/tax' is already in get_tax\.yaml/, 'two endpoints with one name', 'check', $twice);
fails(200, qr/the environment variable SEEP_TEST_UNSET is not set/, 'a variable that is not set', 'check',
    broken('unset', 'get_tax.yaml', sub { $_ .= qq(headers: {X: "\${SEEP_TEST_UNSET}"}\n) }));

subtest 'runs that are not there' => sub {
    my $store = scratch() . '/runs.db';
    for my $name ('last', '7', 'nobody') {
        my $ran = seep('report', $name, '--db', $store);
        is($ran->{exit}, 200, "$name, no store");
        like($ran->{err}, qr/\Aseep: [^\n]*runs\.db[^\n]*\n\z/, 'one line');
    }
    ok(!-e $store, 'looking makes no store');
    seep('run', copy_service('one'), '--db', $store, '--connections', '1', '--requests', '10', '-q');
    my $ran = seep('report', '7', '--db', $store);
    is($ran->{exit}, 200, 'another number');
    like($ran->{err}, qr/no run '7'.*the last is 1/, 'says what there is');
};

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
