# The servers that are hunted on: built where that is needed, and the service directory of a case on each.
package Grounds;
use strict;
use warnings;
use Bench;
use Exporter qw(import);
use File::Basename qw(basename);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP;
use Kinds;

our @EXPORT = qw(ground_names make_ready service_directory ground pricing_switches);

my $sources = root() . '/tests/servers/bisect';
my $built = build() . '/servers/bisect';
my @gunicorn = ('/usr/bin/python3', '-m', 'gunicorn', '-w', 1, '-b', '127.0.0.1:${PORT}', '--chdir', $sources, 'flask_app:app');

# `rounding`: what B bytes take at most beyond B. `exact`: objects are counted, or bytes to the byte.
my @grounds = (
    {name => 'flask', command => \@gunicorn, rounding => 17, exact => 1, ready => \&python},
    {name => 'express', command => ['node', "$sources/express.js"], environment => {NODE_PATH => "$built/node_modules"},
        rounding => 8, ready => \&express},
    {name => 'go', command => ["$built/go"], rounding => 8, exact => 1, ready => \&go},
    {name => 'java', command => ['java', '-Xmx512m', '-cp', $built, 'Server'], rounding => 8, exact => 1, ready => \&java},
    {name => 'c', command => ["$built/native"], rounding => 16, exact => 1, ready => \&native},
    {name => 'pricing', exact => 1, ready => \&python},
    {name => 'flask-rss', command => \@gunicorn, agent => 'none', rounding => 24, ready => \&python},
    {name => 'c-rss', command => ["$built/native"], agent => 'none', rounding => 16, ready => \&native},
);

# What the pricing service leaks by its switch (docker/staging/pricing/README.md), as tests/servers/pricing/truth.py measures it.
my $quote = 'GET /quote/{slug}';
my @switches = (
    {leak => 'off', kind => 'none', truth => []},
    {leak => 'on', kind => 'alone', truth => [{endpoints => [$quote], told => ['alone'], per => $quote, low => 39, high => 42}]},
    {leak => 'more', kind => 'alone', truth => [{endpoints => [$quote], told => ['alone'], per => $quote, low => 1125, high => 1145}]},
    {leak => 'param', kind => 'param', truth => [{endpoints => [$quote], told => ['alone'], per => $quote, low => 36 / 20, high => 46 / 20}]},
    {leak => 'latched', kind => 'latched',
        truth => [{endpoints => ['POST /open-book', $quote], told => ['latched'], per => $quote, low => 39, high => 42}]},
    {leak => 'consumed', kind => 'consumed',
        truth => [{endpoints => ['POST /hook', 'POST /flush'], told => ['consumed'], per => 'POST /hook', low => 118, high => 124}]},
);

sub ground_names { return map { $_->{name} } @grounds }
sub ground { my ($name) = @_; return (grep { $_->{name} eq $name } @grounds)[0] }
sub pricing_switches { return @switches }

# Runs a command quietly; its last words where it failed, else nothing.
sub complaint {
    my (@command) = @_;
    my $out = scratch() . '/make-ready.out';
    my $pid = launch($out, @command);
    waitpid $pid, 0;
    return '' if $? == 0;
    my ($last) = slurp("$out.err") =~ /(\S[^\n]*)\s*\z/;
    return basename($command[0]) . ': ' . ($last // 'is not there');
}

sub native { return -x "$built/native" ? '' : 'it is not built' }

sub python {
    return complaint('/usr/bin/python3', '-c', 'import flask, gunicorn');
}

sub express {
    make_path($built);
    copy("$sources/$_", "$built/$_") for qw(package.json package-lock.json);
    return '' if -d "$built/node_modules/express";
    return complaint('timeout', 120, 'npm', 'ci', '--prefix', $built, '--no-audit', '--no-fund', '--ignore-scripts');
}

sub go {
    make_path($built);
    local @ENV{qw(GO111MODULE GOCACHE)} = ('off', build() . '/go-cache');
    return complaint('go', 'build', '-o', "$built/go", "$sources/main.go");
}

sub java {
    make_path($built);
    return complaint('javac', '-d', $built, "$sources/Server.java");
}

# '' where hunts on it can begin, else why not.
sub make_ready { return ground($_[0])->{ready}->() }

sub quoted { return JSON::PP->new->allow_nonref->encode("$_[0]") }

sub write_endpoint {
    my ($directory, $name, $requests) = @_;
    my ($path) = $name =~ m{ (/\w+)$};
    (my $file = lc $name) =~ s/\W+/_/g;
    my $coder = JSON::PP->new->canonical;
    my @lines = map {
        $coder->encode({method => 'GET', url => "$path?$_->{query}", t_us => $_->{t_us}, endpoint => $name, status => 200})
    } @$requests;
    spit("$directory/$file.jsonl", join "\n", '{"seep":1,"source":["made"]}', @lines, '');
    spit("$directory/$file.yaml", "endpoint: $name\nrecording: $file.jsonl\n");
}

sub made_directory {
    my ($directory, $case, $ground) = @_;
    my %environment = (%{$ground->{environment} // {}}, ROLES => join ' ', @{$case->{roles}});
    my $words = join ', ', map { quoted($_) } @{$ground->{command}};
    my $set = join ', ', map { "$_: " . quoted($environment{$_}) } sort keys %environment;
    spit("$directory/service.yaml", <<"END" . ($ground->{agent} ? "agent: $ground->{agent}\n" : ''));
target: http://127.0.0.1:\${PORT}
start: {command: [$words], environment: {$set}}
ready: GET /health
END
    write_endpoint($directory, $case->{names}[$_], $case->{requests}[$_]) for 0 .. $#{$case->{names}};
}

sub pricing_directory {
    my ($directory, $case) = @_;
    my $from = root() . '/scenarios/pricing';
    make_path($directory);
    for my $file (glob("$from/*.yaml"), glob("$from/*.jsonl")) {
        copy($file, $directory) or die "$file: $!\n";
    }
    my $yaml = slurp("$from/service.yaml");
    my $docker = root() . '/docker';
    $yaml =~ s{directory: \.\./\.\./docker(\S*)}{directory: $docker$1\n  environment: {LEAK: "$case->{leak}"}}
        or die "bench-bisect: scenarios/pricing/service.yaml has another start\n";
    spit("$directory/service.yaml", $yaml);
}

sub service_directory {
    my ($directory, $case) = @_;
    return $case->{server} eq 'pricing' ? pricing_directory($directory, $case) : made_directory($directory, $case, ground($case->{server}));
}

1;
