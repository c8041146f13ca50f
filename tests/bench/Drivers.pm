# The programs that are measured: how each is asked for a workload, and what it says it got.
package Drivers;
use strict;
use warnings;
use Bench;

my @six = (
    ['Accept', '*/*'],
    ['Accept-Encoding', 'gzip, deflate, br'],
    ['Accept-Language', 'en-GB,en;q=0.8'],
    ['Cache-Control', 'no-cache'],
    ['Referer', 'https://shop.example/items/7'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0'],
);
my $body = '{"basket":"7f3c","items":[{"sku":"CH-29933","quantity":2},{"sku":"KB-65850","quantity":1}],"currency":"EUR","note":"' . 'x' x 96 . '"}';

sub six_headers { return @six }
sub header_of { return {map { $_->[0] => [$_->[1]] } @six} }

# What is sent: headers, and a body or none.
our %workloads = (
    get => {},
    six => {headers => \@six},
    post => {headers => [['Content-Type', 'application/json']], body => $body},
);

sub body_file { return spit(scratch() . '/body.json', $body) }

sub lua_file {
    return spit(scratch() . '/post.lua', "wrk.method = 'POST'\nwrk.body = [[$body]]\nwrk.headers['Content-Type'] = 'application/json'\n");
}

# Header options; `ab -T` and `hey -T` name the content type by themselves.
sub options_of {
    my ($work, $skip) = @_;
    return map { ('-H', "$_->[0]: $_->[1]") } grep { !$skip || $_->[0] ne 'Content-Type' } @{$work->{headers} // []};
}

sub wrk {
    my ($work, $connections, $url) = @_;
    return ('wrk', '-t1', '-c', $connections, '-d', '60s', $work->{body} ? ('-s', lua_file()) : options_of($work), "$url/item/7");
}

sub ab {
    my ($work, $connections, $url, $requests) = @_;
    return ('ab', '-q', '-k', '-n', $requests, '-c', $connections, options_of($work, 1),
        $work->{body} ? ('-p', body_file(), '-T', 'application/json') : (), "$url/item/7");
}

sub hey {
    my ($work, $connections, $url, $requests) = @_;
    return ('hey', '-cpus', 1, '-n', $requests, '-c', $connections, options_of($work, 1),
        $work->{body} ? ('-m', 'POST', '-D', body_file(), '-T', 'application/json') : (), "$url/item/7");
}

sub h2load {
    my ($work, $connections, $url, $requests) = @_;
    return ('h2load', '--h1', '-t', 1, '-n', $requests, '-c', $connections, options_of($work),
        $work->{body} ? ('-d', body_file()) : (), "$url/item/7");
}

sub wrk_got {
    my ($out) = @_;
    return undef if $out =~ /Non-2xx|Socket errors/;
    return $out =~ /^\s*(\d+) requests in/m ? $1 : undef;
}

sub ab_got {
    my ($out) = @_;
    return undef if $out =~ /Non-2xx/ || $out !~ /^Failed requests:\s+0$/m;
    return $out =~ /^Complete requests:\s+(\d+)/m ? $1 : undef;
}

sub hey_got { return $_[0] =~ /^\s*\[200\]\s+(\d+) responses/m ? $1 : undef }
sub h2load_got { return $_[0] =~ /^status codes: (\d+) 2xx/m ? $1 : undef }

our @peers = (
    {name => 'wrk', command => \&wrk, got => \&wrk_got, timed => 1},
    {name => 'ab', command => \&ab, got => \&ab_got},
    {name => 'hey', command => \&hey, got => \&hey_got},
    {name => 'h2load', command => \&h2load, got => \&h2load_got},
);

# The service directory that seep replays for a workload: a thousand requests, each with its own URL.
sub recorded {
    my ($name, $url, $ca) = @_;
    my $work = $workloads{$name};
    my $header = {map { $_->[0] => [$_->[1]] } @{$work->{headers} // []}};
    my @requests = map { {url => "/item/$_", t_us => 1000 * $_, header => $header, $work->{body} ? (body => $work->{body}) : ()} } 1 .. 1000;
    return service("service-$name-" . ($ca ? 'tls' : 'plain'), url => $url, ca => $ca, method => $work->{body} ? 'POST' : 'GET', requests => \@requests);
}

1;
