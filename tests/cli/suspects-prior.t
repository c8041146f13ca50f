#!/usr/bin/env perl
# What production suspects is looked at first, and is believed no sooner for it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $native = ($ENV{BUILD} // root() . '/build') . '/servers/native';
my $db = scratch() . '/seep.db';
my @absent = map { "/absent$_" } 'a' .. 'c';

# Six endpoints of the C server, of which /leak keeps 400 bytes a call; `agent` says who counts.
sub service {
    my ($name, $agent, $suspects) = @_;
    my $yaml = "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: $agent\n"
        . "start: {command: [$native, \"\${PORT}\"], environment: {LEAK: on}}\nready: GET /health\n" . $suspects;
    return make_service(
        $name, $yaml,
        ['GET /leak', '', map { ["/leak?bytes=400&n=$_"] } 1 .. 60],
        ['GET /ok', '', map { ["/ok?bytes=" . 64 * $_] } 1 .. 60],
        ['GET /health', '', map { ["/health?n=$_"] } 1 .. 60],
        map { my $path = $_; ["GET $path", '', map { ["$path?n=$_", status => 404] } 1 .. 60] } @absent,
    );
}

sub hunt {
    my ($given, $directory, @more) = @_;
    my $file = scratch() . '/hunt.json';
    unlink $file;
    my $ran = seep($given, 'bisect', $directory, '--db', $db, '--confirm', 2500, '--json', $file, @more);
    my $result = -e $file ? json($file) : {};
    diag($ran->{err}) if !%$result && !$given->{kill};
    return ($ran, $result);
}

# What was asked, in the order of the answers: "screen GET /leak".
sub asked {
    my ($run) = @_;
    return split /\n/, `sqlite3 $db "select step || ' ' || mix from v_probes where run = $run order by probe"`;
}

sub is_the_leak {
    my ($result, $name) = @_;
    is($result->{exit}, 1, "$name: growth");
    is_deeply([map { $_->{endpoints} } @{$result->{findings}}], [['GET /leak']], "$name: the endpoint, and nothing else");
    is_deeply([sort @{$result->{findings}[0]{confirmed}}], [qw(complement isolated long_solo)], "$name: confirmed three ways");
}

my $right = "suspects:\n  - {endpoints: [GET /leak], probability: 93%, growth: 410 B/request, share: 90%}\n"
    . "  - {endpoints: [GET /absenta, GET /absentb], probability: 5%}\n";
my $wrong = "suspects:\n  - {endpoints: [GET /ok], probability: 93%, growth: 48 B/request}\n  - {endpoints: [GET /health], probability: 60%}\n";
my @asked_right;
# On a busy machine the C server's threads come and go, and an endpoint may be cleared by the mix alone.
my $flat = qr/flat in solo blocks|moves too much to be called flat alone, but the mix that holds it is flat/;

subtest 'right' => sub {
    my $service = service('right', 'malloc', $right);
    my ($checked) = seep('check', $service, '--offline');
    is($checked->{exit}, 0, 'check');
    like($checked->{out}, qr{^order:  production suspects GET /leak \(93 %\), then one of GET /absenta and GET /absentb \(5 %\): looked at first, then the others$}m,
        'its plan has the order');
    my ($ran, $result) = hunt({}, $service, '--markdown', scratch() . '/right.md', '--html', scratch() . '/right.html');
    is_the_leak($result, 'right');
    my @asked = @asked_right = asked($result->{run});
    is_deeply([@asked[0 .. 2]], ['warm_up the whole mix', 'screen GET /leak', 'long_solo GET /leak'], 'screened first, confirmed at once') or diag("@asked");
    is_deeply([grep { /^screen/ } @asked[3 .. 4]], ['screen GET /absenta', 'screen GET /absentb'], 'then the next ones');
    is(scalar(grep { /^screen/ } @asked), 6, 'and each of the others');
    my @suspects = @{$result->{production}{suspects}};
    is_deeply($suspects[0], {endpoints => ['GET /leak'], probability => 0.93, bytes_per_request => 410, share => 0.9, judged => 'grows', finding => 0}, 'JSON: borne out');
    is_deeply($suspects[1], {endpoints => ['GET /absenta', 'GET /absentb'], probability => 0.05, bytes_per_request => undef, share => undef, judged => 'cleared',
        finding => undef}, 'and what is not');
    (my $told = $ran->{out}) =~ s/\s+/ /g;
    like($told, qr{How it went Production suspects GET /leak \(93 %\), then one of GET /absenta and GET /absentb \(5 %\): looked at first}, 'the story begins with it');
    like($told, qr{suspect GET /leak: as production suggested: 410 B/request there, \d+ B here}, 'and ends with it');
    like($told, qr{GET /absenta and GET /absentb, which production suspected together \(5 %\), are cleared: $flat}, 'and with what it does not bear out');
    like($ran->{err}, qr{production suspects GET /leak}, 'it is told while it goes on');
    like(slurp(scratch() . '/right.md'), qr{^- GET /leak: as production suggested: 410 B/request there}m, 'Markdown');
    like(slurp(scratch() . '/right.html'), qr{<h2>Beside production</h2>.*<p>GET /leak: as production suggested: 410 B/request there}s, 'HTML');
    my $again = seep('report', $result->{run}, '--db', $db, '--json', '-');
    is_deeply(json(spit(scratch() . '/again.json', $again->{out}))->{production}, $result->{production}, 'the store tells the same later');
};

subtest 'wrong, killed, and resumed once other suspects stand there' => sub {
    my $service = service('wrong', 'malloc', $wrong);
    my ($ran) = hunt({kill => [qr/suspect: GET \/leak/, 'KILL']}, $service, '--label', 'wrong');
    is($ran->{exit}, 'signal 9', 'killed');
    my $cut = seep('report', 'wrong', '--db', $db, '--json', '-');
    is($cut->{exit}, 0, 'reported') or diag($cut->{err});
    is(json(spit(scratch() . '/cut.json', $cut->{out}))->{production}{suspects}[0]{endpoints}[0], 'GET /ok', 'what is suspected is told before its end');
    spit("$service/service.yaml", slurp("$service/service.yaml") =~ s/suspects:.*//sr . "memory_limit: 512 MiB\n$right");
    ($ran, my $result) = hunt({}, $service, '--resume', 'wrong');
    is_the_leak($result, 'wrong');
    my @asked = asked($result->{run});
    is_deeply([@asked[1 .. 2]], ['screen GET /ok', 'screen GET /health'], 'looked at first') or diag("@asked");
    is_deeply([sort @asked], [sort @asked_right], 'in all it asks the same as a right one');
    is_deeply([map { "@{$_->{endpoints}} $_->{judged}" } @{$result->{production}{suspects}}], ['GET /ok cleared', 'GET /health cleared'], 'its own suspects are judged');
    (my $told = $ran->{out}) =~ s/\s+/ /g;
    like($told, qr{GET /leak: production did not suspect it}, 'the finding');
    like($told, qr{GET /ok, which production suspected \(93 %\), is cleared: $flat}, 'the suspect');
};

subtest 'RSS alone: the same order, and what was measured is reused whatever is suspected' => sub {
    my $service = service('plain', 'none', $right);
    my ($ran) = hunt({kill => [qr/found: GET \/leak/, 'KILL']}, $service, '--jobs', 1, '--label', 'plain');
    is($ran->{exit}, 'signal 9', 'killed once the leak was found');
    my ($first) = `sqlite3 $db "select run from run where label = 'plain'"` =~ /(\d+)/;
    is_deeply([asked($first)], ['screen GET /leak', 'long_solo GET /leak'], 'before anything else was looked at');
    spit("$service/service.yaml", slurp("$service/service.yaml") =~ s/suspects:.*//sr . $wrong);
    ($ran) = hunt({kill => [qr/suspect: GET \/leak/, 'KILL']}, $service, '--jobs', 1, '--label', 'other');
    is($ran->{exit}, 'signal 9', 'killed once it was suspected again');
    my $reused = `sqlite3 $db "select mix || ' from ' || reused_from from v_probes join run using (run) where label = 'other' and mix = 'GET /leak'"`;
    is($reused, "GET /leak from $first\n", 'by the screen of before');
};

subtest 'what is no endpoint' => sub {
    my $ran = seep('check', '--offline', service('typed', 'malloc', "suspects:\n  - {endpoints: [GET /leek], probability: 93%}\n"));
    is($ran->{exit}, 200, 'exit code');
    like($ran->{err}, qr{service\.yaml:7:18: 'suspects' names 'GET /leek', which no file here describes \(did you mean 'GET /leak'\?\)$}m, 'one line');
};

done_testing();
