#!/usr/bin/env perl
# A hunt that was killed goes on where it was; trials on fresh servers are measured once for one build; several at once.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $native = ($ENV{BUILD} // root() . '/build') . '/servers/native';
my $db = scratch() . '/seep.db';

# Three endpoints of the C server, of which /leak keeps 400 bytes a call; `agent` says who counts.
sub service {
    my ($name, $agent) = @_;
    my $yaml = "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nagent: $agent\n"
        . "start: {command: [$native, \"\${PORT}\"], environment: {LEAK: on}}\nready: GET /health\n";
    return make_service(
        $name, $yaml,
        ['GET /leak', '', map { ["/leak?bytes=400&n=$_"] } 1 .. 60],
        ['GET /ok', '', map { ["/ok?bytes=" . 64 * $_] } 1 .. 60],
        ['GET /health', '', map { ["/health?n=$_"] } 1 .. 60],
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

sub names_the_leak {
    my ($result, $name, $off) = @_;
    my $finding = $result->{findings}[0] // {};
    is_deeply($finding->{endpoints}, ['GET /leak'], "$name: the endpoint");
    is(scalar @{$result->{findings} // []}, 1, "$name: nothing else");
    my $bytes = $finding->{bytes_per_request} // 0;
    ok(abs($bytes - 408) < ($off // 25), "$name: its bytes") or diag($bytes);
    is($finding->{named_after_seconds} > 0, 1, "$name: when it was named");
}

subtest 'killed, and resumed' => sub {
    my $counted = service('counted', 'malloc');
    my ($ran) = hunt({kill => [qr/suspect: GET \/leak/, 'KILL']}, $counted, '--label', 'cut');
    is($ran->{exit}, 'signal 9', 'killed once a suspect was known');
    my $known = `sqlite3 $db "select count(*) from probe where run = 1 and probe > 0"`;
    cmp_ok($known, '>', 1, 'what was answered is in the store');
    ($ran, my $result) = hunt({}, $counted, '--resume', 'cut');
    is($ran->{exit}, 1, 'exit code');
    is($result->{run}, 1, 'the same run');
    names_the_leak($result, 'resumed');
    is_deeply([sort @{$result->{findings}[0]{confirmed}}], [qw(complement isolated long_solo)], 'confirmed three ways');
    my %asked;
    $asked{$_}++ for split /\n/, `sqlite3 $db "select question from probe where run = 1 and probe > 0"`;
    is_deeply([grep { $asked{$_} > 1 } keys %asked], [], 'no question was measured twice');
    my ($again) = hunt({}, $counted, '--resume', 'cut');
    is($again->{exit}, 200, 'a hunt that ended is not resumed');
    spit("$counted/get_ok.yaml", slurp("$counted/get_ok.yaml") . "weight: 2\n");
    hunt({kill => [qr/requests/, 'INT']}, $counted, '--label', 'other');
    spit("$counted/get_ok.yaml", slurp("$counted/get_ok.yaml") =~ s/weight: 2/weight: 3/r);
    my ($changed) = hunt({}, $counted, '--resume', 'other');
    is($changed->{exit}, 200, 'nor one whose service has changed since');
    like($changed->{err}, qr/changed/, 'which is said');
};

subtest 'RSS alone: measured once, several at once' => sub {
    my $plain = service('plain', 'none');
    my ($ran, $first) = hunt({}, $plain, '--jobs', 2);
    is($ran->{exit}, 1, 'exit code');
    names_the_leak($first, 'two at once', 60);
    is_deeply([grep { defined $_->{reused_from} } @{$first->{steps}}], [], 'nothing was there to be reused');
    ($ran, my $second) = hunt({}, $plain);
    names_the_leak($second, 'again', 60);
    my @reused = grep { defined $_->{reused_from} } @{$second->{steps}};
    is_deeply([map { $_->{step} } @reused], [('screen') x 3], 'the screens are those of the first hunt');
    is_deeply([map { $_->{reused_from} } @reused], [($first->{run}) x 3], 'as is said of each');
    my @solos = grep { $_->{step} eq 'long_solo' } @{$second->{steps}}; # one more where RSS leans by itself
    ok(@solos > 0, 'what confirms is measured in each');
    is_deeply([grep { defined $_->{reused_from} } @solos], [], 'and never taken over');
    (undef, my $third) = hunt({}, $plain, '--fresh');
    is_deeply([grep { defined $_->{reused_from} } @{$third->{steps}}], [], '--fresh measures all anew');
};

done_testing();
