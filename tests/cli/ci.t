#!/usr/bin/env perl
# What CI systems read: JUnit against its schema, the summary of a job, annotations for GitHub.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;
use Told;

my $db = told_store('ci');
my $bad = hostile();
my %leak = (endpoints => ['GET /quote/{sku}'], reproduce => 'seep run x', sites => [{site => 'app/timing.py:41'}]);
my @many = map { "GET /many/$_/{id}" } 1 .. 200;
my @wave = map { 40e6 + 1e5 * $_ + 1e6 * ($_ % 7) } 1 .. 120;
told_run($db, 'growth', findings => [\%leak], samples => \@wave, thresholds => [{limit_text => 'growth > 16 B/request'}, {limit_text => 'p99 > 500 ms', outcome => 'pass', value => 0.06,
        low => undef, high => undef}, {limit_text => 'errors > 1%', outcome => 'inconclusive', value => undef, low => undef, high => undef}], cleared => [['GET /a', 'no growth in the screen']],
    not_looked_at => [['GET /b', 'answered 401 where 204 was recorded']],
    probes => [{mix => 'GET /quote/{sku}', step => 'screen', says => 'grows', started_s => 1, ended_s => 3.5}]);
told_run($db, 'mix', verdict => 'growth', command => 'run', findings => [{%leak, kind => 'mix', endpoints => ['GET /a', 'GET /b']}], loads => ['GET /a', 'GET /b']);
told_run($db, 'no_growth', verdict => 'no_growth', exit_code => 0, command => 'run', signals => [{name => 'rss', verdict => 'no_growth'}], loads => \@many);
told_run($db, 'inconclusive', verdict => 'inconclusive', exit_code => 125, command => 'run', reason => 'error rate 72 %');
told_run($db, 'hostile', reason => $bad, service => $bad, findings => [{endpoints => [$bad], signal => $bad, reproduce => $bad, confirmed => [$bad],
        sites => [{site => $bad}]}], thresholds => [{limit_text => $bad}], caveats => [$bad], cleared => [["$bad 2", $bad]], not_looked_at => [["$bad 3", $bad]],
    signals => [{name => $bad, verdict => 'growth'}], loads => [$bad], samples => \@wave);
told_run($db, 'large', findings => [map { {%leak, endpoints => [$_], confirmed => [qw(long_solo isolated complement hold sites)], curl => ['curl x'], sites => [map { {site => "a.py:$_"} } 1 .. 20]} } @many[0 .. 19]],
    thresholds => [map { {limit_text => "$_: p99 > 1s"} } @many], caveats => [map { "caveat $_" } 1 .. 50], cleared => [map { [$_, "why $_"] } @many], loads => \@many,
    not_looked_at => [map { ["$_/x", "because $_"] } @many], samples => \@wave, probes => [map { {mix => $_, says => 'flat'} } @many], ended_early => 1);
told_run($db, 'idle', findings => [{endpoints => [], kind => 'idle', per => '', bytes_per_request => undef, bytes_per_second => 2100, linear_requests => 0}]);
my @all = qw(growth mix no_growth inconclusive hostile large idle);

sub shown {
    my ($label, $option, $env) = @_;
    my $ran = seep({env => $env // {}}, 'report', $label, '--db', $db, "--$option", '-');
    is($ran->{exit}, 0, "$label: --$option") or diag($ran->{err});
    return $ran->{out};
}

subtest 'JUnit' => sub {
    plan skip_all => 'xmllint (libxml2-utils) is not here' if system('sh', '-c', 'command -v xmllint >/dev/null') != 0;
    my $schema = root() . '/tests/data/junit.xsd';
    for my $label (@all) {
        my $file = spit(scratch() . "/$label.xml", shown($label, 'junit'));
        my $said = qx(xmllint --noout --nonet --schema $schema $file 2>&1);
        is($?, 0, "$label: fits the schema") or diag($said);
        unlike(slurp($file), qr/[^\n\t -~\x80-\xff]/, "$label: no character that XML has not");
    }
    my $typo = spit(scratch() . '/typo.xml', slurp(scratch() . '/growth.xml') =~ s/classname=/class=/r);
    isnt(system("xmllint --noout --schema $schema $typo >/dev/null 2>&1"), 0, 'the schema refuses a typo');
    my $xml = slurp(scratch() . '/growth.xml');
    like($xml, qr/<testsuite name="scenarios\/x" timestamp="2024-05-01T03:12:44" tests="6" failures="2" errors="0" skipped="2" time="41.200">/, 'counts, and when');
    like($xml, qr/<testcase classname="seep.growth" name="GET \/quote\/\{sku\}" time="2.500"><failure message="GET [^"]* keeps 40.3 B per request/, 'a case of the endpoint, with what it took');
    like($xml, qr/>where: app\/timing.py:41  32 B per request$/m, 'its site');
    like($xml, qr/<testcase classname="seep.growth" name="GET \/a" time="0.000"\/>/, 'cleared: passed');
    like($xml, qr/name="GET \/b" time="0.000"><skipped message="not looked at: answered 401/, 'not looked at: skipped');
    like($xml, qr/classname="seep.limit" name="errors &gt; 1%" time="0.000"><skipped message="not measured"/, 'a limit that is not shown either way: skipped');
    like(slurp(scratch() . '/no_growth.xml'), qr/name="the whole mix" time="41.200"\/>/, 'no growth: passed');
    like(slurp(scratch() . '/inconclusive.xml'), qr/<skipped message="error rate 72 %"\/>/, 'inconclusive: skipped, with why');
};

subtest 'a summary' => sub {
    for my $label (@all) {
        my $text = shown($label, 'markdown');
        cmp_ok(scalar(() = $text =~ /\n/g), '<', 60, "$label: under 60 lines");
        unlike($text, qr/[^\n -~\x80-\xff]/, "$label: no control character");
    }
    my $text = shown('growth', 'markdown');
    utf8::decode($text);
    like($text, qr/^Memory in trial 1: `[\x{2581}-\x{2588}]{40}` 39\.2 MiB to 50\.5 MiB$/m, 'memory as a line of 40 marks');
};

# As a runner reads a log: "::NAME ...::" after leading space, "##[NAME ...]" anywhere, nothing between stop-commands and its token.
sub commands {
    my ($log) = @_;
    my (@commands, $token);
    for my $line (split /\r\n|\r|\n/, $log) {
        if (defined $token) {
            $token = undef if $line =~ /\A\s*::\Q$token\E::/;
        } elsif ($line =~ /\A\s*::stop-commands::(.*)/) {
            $token = $1;
        } elsif ($line =~ /\A\s*::([\w-]+)(?: ([^:]*))?::(.*)/) {
            my ($name, $properties, $message) = ($1, $2 // '', $3);
            my %of = map { my ($key, $value) = /\A(\w+)=(.*)/s ? ($1, $2) : ('?', $_); $value =~ s/%(..)/chr hex $1/ge; ($key, $value) } split /,/, $properties;
            push @commands, {name => $name, %of, message => $message =~ s/%(..)/chr hex $1/ger};
        } elsif ($line =~ /##\[/) {
            push @commands, {name => '##'};
        }
    }
    return ($token, @commands);
}

subtest 'annotations for GitHub' => sub {
    my $checkout = scratch() . '/checkout';
    spit("$checkout/app/timing.py", "x\n");
    my $log = shown('growth', 'github', {GITHUB_WORKSPACE => $checkout});
    like($log, qr/^GROWTH: GET /m, 'the report is in the log');
    my ($open, @got) = commands($log);
    is($open, undef, 'commands are read again after it');
    is_deeply([map { [@$_{qw(name file line title)}] } @got], [['error', undef, undef, 'seep: memory grows'], ['error', undef, undef, 'seep: a limit is crossed']], 'a site that is not within the checkout gives no file');
    for my $place (["$checkout/app/timing.py:41", 41], ["$checkout/./app/timing.py:7:13", 7], ["$checkout/../outside.py:3", undef], ['/etc/passwd:1', undef], ["$checkout/none.py:1", undef],
        ["$checkout/app/timing.py", undef]) {
        my ($site, $line) = @$place;
        spit(scratch() . '/outside.py', '');
        told_run($db, "at $site", findings => [{%leak, sites => [{site => $site}]}]);
        (undef, my $first) = commands(shown("at $site", 'github', {GITHUB_WORKSPACE => $checkout}));
        is($first->{line}, $line, "$site: " . (defined $line ? 'its line' : 'no line'));
        is($first->{file}, $site =~ /timing/ ? 'app/timing.py' : undef, 'its file, as seen from the checkout');
    }
    told_run($db, 'called', findings => [{%leak, sites => [{site => '/usr/lib/x.js:1', whose => 'dependency', called_from => "$checkout/app/timing.py:5"}]}]);
    (undef, my $called) = commands(shown('called', 'github', {GITHUB_WORKSPACE => $checkout}));
    is($called->{line}, 5, 'what of yours called it');
    my %level = (no_growth => ['notice', qr/growth from 2\.2 B per request in rss would have been seen/], inconclusive => ['warning', qr/error rate 72 %/]);
    for my $label (sort keys %level) {
        (undef, my @said) = commands(shown($label, 'github'));
        is(scalar(@said), 1, "$label: one");
        is($said[0]{name}, $level{$label}[0], "$label: $level{$label}[0]");
        like($said[0]{message}, $level{$label}[1], "$label: says it");
    }
    told_run($db, 'kept', exit_code => 0, findings => [\%leak]);
    (undef, my @kept) = commands(shown('kept', 'github'));
    is($kept[0]{name}, 'warning', 'growth that the limits allow is a warning');
    (undef, my @hostile) = commands(shown('hostile', 'github'));
    is_deeply([map { $_->{name} } @hostile], ['error', 'error'], 'recorded text gives no command');
    unlike($_->{message}, qr/\n/, 'and no line') for @hostile;
};

done_testing();
