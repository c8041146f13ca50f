#!/usr/bin/env perl
# The bookshop of `make bench-published`: its packages are pinned, its recordings hold together, and one of its leaks grows
# where it is not mended (only with PUBLISHED_FULL=1: npm and two soaks). The hunts on all of them are the bench's.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../bench", "$FindBin::Bin/../bench/bisect", "$FindBin::Bin/../bench/published";
use Test::More;
use Bookshop;
use JSON::PP ();
use Leaks;
use Seep;

my $sources = root() . '/tests/servers/published';
my $db = scratch() . '/seep.db';

sub pinned {
    my ($folder) = @_;
    my ($package, $lock) = map { json("$folder/$_") } 'package.json', 'package-lock.json';
    my %wanted = %{$package->{dependencies}};
    is_deeply([grep { $wanted{$_} !~ /^(?:npm:[a-z-]+@)?\d+\.\d+\.\d+$/ } sort keys %wanted], [], 'each at one version');
    for my $name (sort keys %wanted) {
        my ($version) = $wanted{$name} =~ /([\d.]+)$/;
        is($lock->{packages}{"node_modules/$name"}{version}, $version, "$name is locked at it");
    }
    is_deeply([grep { $_ ne '' && !$lock->{packages}{$_}{integrity} } sort keys %{$lock->{packages}}], [], 'and all of the rest, by its digest');
}

sub requests_of {
    my ($directory) = @_;
    return map { my ($head, @lines) = split /\n/, slurp($_); map { JSON::PP::decode_json($_) } @lines } glob("$directory/*.jsonl");
}

subtest 'packages are pinned' => sub {
    pinned($_) for $sources, map { "$sources/leaks/$_" } leak_names();
};

subtest 'recordings' => sub {
    for my $leak (map { leak($_) } leak_names()) {
        my ($one, $again) = map { scratch() . "/recorded-$_" } 1, 2;
        bookshop($_, $leak, 'leaking', 3) for $one, $again;
        my @requests = requests_of($one);
        is_deeply([requests_of($again)], \@requests, "$leak->{name}: the same again");
        my %count;
        $count{$_->{endpoint}}++ for @requests;
        is(scalar(keys %count), 10, 'ten endpoints');
        is_deeply([grep { $count{$_} < 20 || $count{$_} > 120 } keys %count], [], '20 to 120 requests of each');
        ok($count{$leak->{endpoint}}, 'that of the leak among them');
        unlink glob("$one/*"), glob("$again/*");
    }
};

# The endpoint of the leak alone: a hunt takes longer than a test may.
sub soak {
    my ($name, $side) = @_;
    my ($directory, $file) = map { scratch() . "/$side$_" } '', '.json';
    my $leak = leak($name);
    bookshop($directory, $leak, $side, 1);
    my $ran = seep('run', $directory, '-e', $leak->{endpoint}, '--connections', 4, '--requests', 2400, '--db', $db, '--json', $file);
    my $result = -e $file ? json($file) : {verdict => 'none', findings => []};
    is($result->{replay}{failed}, 0, "$side: all answered") or diag("$ran->{out}$ran->{err}");
    return ($result, $ran->{out});
}

subtest 'a logger for each order (winston #1334), and one for all' => sub {
    plan skip_all => 'only with PUBLISHED_FULL=1' if !$ENV{PUBLISHED_FULL};
    my $why_not = install('winston');
    plan skip_all => $why_not if $why_not;
    my ($result, $said) = soak('winston', 'leaking');
    is($result->{verdict}, 'growth', 'growth') or diag($said);
    my $bytes = $result->{findings}[0]{bytes_per_request} // 0;
    ok($bytes > 6000 && $bytes < 9500, 'some 7.6 KB per request') or diag("got $bytes");
    ($result, $said) = soak('winston', 'fixed');
    isnt($result->{verdict}, 'growth', 'no growth, or inconclusive') or diag($said);
    is_deeply($result->{findings}, [], 'nothing found');
};

done_testing();
