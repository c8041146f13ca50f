#!/usr/bin/env perl
# What an import proposes as `after:`: who sets the cookie, gives the token, the id that others use. The archive is recorded from
# tests/servers/chain.py, which answers 401 to who lacks them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use HTTP::Tiny;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Seep;

my $server = root() . '/tests/servers/chain.py';
my $db = scratch() . '/seep.db';
my (@entries, @values);

sub record { # sends it, and keeps it with its answer
    my ($port, $client, $method, $path, $headers, $body) = @_;
    my $url = "http://127.0.0.1:$port$path";
    my $answer = HTTP::Tiny->new(timeout => 5)->request($method, $url, {headers => $headers, defined $body ? (content => $body) : ()});
    my $cookies = $answer->{headers}{'set-cookie'} // [];
    $cookies = [$cookies] if !ref $cookies;
    push @entries, {
        startedDateTime => strftime('2024-03-12T14:%M:%S.000Z', gmtime(scalar @entries)),
        connection => "$client",
        request => {method => $method, url => $url, headers => [map { {name => $_, value => $headers->{$_}} } sort keys %$headers],
            defined $body ? (postData => {mimeType => $headers->{'Content-Type'}, text => $body}) : ()},
        response => {status => 0 + $answer->{status}, headers => [map { {name => 'Set-Cookie', value => $_} } @$cookies],
            content => {mimeType => 'application/json', text => $answer->{content}}}};
    my %cookies = map { /^(\w+)=([^;]*)/ } @$cookies;
    return (eval { decode_json($answer->{content}) } // {}, \%cookies);
}

sub browse { # a cookie, a cart; the cart's id is in every second address of the news by chance
    my ($port, $client) = @_;
    my %form = ('Content-Type' => 'application/x-www-form-urlencoded');
    record($port, $client, 'GET', '/config', {});
    my (undef, $set) = record($port, $client, 'POST', '/session/login', \%form, "user=client$client&password=opensesame$client");
    my %cookie = (Cookie => "sid=$set->{sid}; lang=$set->{lang}");
    record($port, $client, 'GET', '/account', \%cookie) for 1 .. 3;
    my ($cart) = record($port, $client, 'POST', '/carts', {%cookie, 'Content-Type' => 'application/json'}, '{"sku":"K-1"}');
    record($port, $client, 'GET', "/carts/$cart->{id}?currency=EUR&theme=theme-2024-blue", \%cookie) for 1 .. 3;
    record($port, $client, 'GET', '/news?from=' . ($_ % 2 ? $cart->{id} : "page-$_-$client"), {}) for 1 .. 4;
    push @values, $set->{sid}, $cart->{id};
}

sub call { # a token
    my ($port, $client) = @_;
    my ($given) = record($port, $client, 'POST', '/login', {'Content-Type' => 'application/json'}, '{"name":"app"}');
    record($port, $client, 'GET', "/orders?language=$given->{language}", {Authorization => "Bearer $given->{user}{token}"}) for 1 .. 3;
    push @values, $given->{user}{token};
}

sub archive {
    my $port = free_port();
    start_server($port, scratch(), 'env', "PORT=$port", '/usr/bin/python3', $server);
    browse($port, $_) for 1 .. 5;
    call($port, 10 + $_) for 1 .. 4;
    return spit(scratch() . '/chain.har', encode_json({log => {version => '1.2', entries => \@entries}}));
}

my $har = archive();
is(scalar(grep { $_->{response}{status} >= 400 } @entries), 0, 'as recorded, everything was allowed');

my $directory = scratch() . '/chain';
spit("$directory/service.yaml", <<"END");
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, $server]}
ready: GET /health
END
my $ran = seep('import', $har, '-o', $directory, '--json', scratch() . '/import.json');
is($ran->{exit}, 0, 'import') or diag($ran->{err});
my %endpoint = map { $_->{endpoint} => $_ } @{json(scratch() . '/import.json')->{endpoints}};

sub after { # what is proposed for it
    my ($name) = @_;
    return [sort map { $_->{endpoint} } @{$endpoint{$name}{after} // []}];
}

my ($cart) = grep { m{^GET /carts/\{} } sort keys %endpoint;
is_deeply(after('GET /account'), ['POST /session/login'], 'a cookie: after who sets it');
is_deeply(after('GET /orders'), ['POST /login'], 'a token: after who gives it');
is_deeply(after('POST /carts'), ['POST /session/login'], 'a cookie of a POST');
is_deeply(after($cart // ''), ['POST /carts', 'POST /session/login'], 'an id in the path, beside the cookie');
is_deeply(after($_), [], "$_: nothing") for 'GET /news', 'GET /config', 'POST /login', 'POST /session/login';

like($ran->{out}, qr{^after: GET /account builds on POST /session/login \(15 of 15 requests use the cookie sid that it sets\)$}m, 'said: a cookie');
like($ran->{out}, qr{^after: GET /orders builds on POST /login \(12 of 12 requests use what it answers at /user/token\)$}m, 'said: a token');
like(slurp("$directory/$endpoint{'GET /account'}{file}"),
    qr{^# POST /session/login: 15 of 15 requests use the cookie sid that it sets\nafter: \[POST /session/login\]}m, 'written, with the reason above it');
is(seep('check', $directory)->{exit}, 0, 'check accepts it');

my $written = join '', map { slurp($_) } grep { !/get_carts|get_news/ } glob("$directory/*");
my $shown = $ran->{out} . $ran->{err} . slurp(scratch() . '/import.json');
is(scalar(grep { index($written, $_) >= 0 } @values), 0, 'no value is written, but as data in an address');
is(scalar(grep { index($shown, $values[2 * $_]) >= 0 } 0 .. 4), 0, 'no cookie is shown');

sub landed {
    my ($name) = @_;
    my $file = scratch() . '/run.json';
    unlink $file;
    my $run = seep('run', $directory, '-e', $name, '--connections', '2', '--requests', '60', '--no-early-stop', '--db', $db, '--json', $file);
    my ($entry) = grep { $_->{name} eq $name } @{json($file)->{endpoints}};
    return "$entry->{landed} of $entry->{planned}";
}

is(landed('GET /account'), '60 of 60', 'on a fresh server, whose cookies are others: answered as recorded');
my $file = "$directory/$endpoint{'GET /account'}{file}";
(my $without = slurp($file)) =~ s/^after:.*\n//m;
spit($file, $without);
is(landed('GET /account'), '0 of 60', 'without it: not one');

# An access log has no answers: who is let in only after a login is told by its statuses.
my @lines;

sub line {
    my ($client, $request, $status) = @_;
    push @lines, sprintf '10.0.0.%d - - [12/Mar/2024:14:%02d:%02d +0000] "%s HTTP/1.1" %d 17 "-" "agent"',
        $client, int(@lines / 60), @lines % 60, $request, $status;
}

sub proposed {
    my ($name) = @_;
    my $log = spit(scratch() . "/$name.log", join "\n", @lines, '');
    @lines = ();
    seep('import', $log, '-o', scratch() . "/$name", '--json', scratch() . "/$name.json");
    return {map { $_->{endpoint} => [map { $_->{endpoint} } @{$_->{after}}] } grep { $_->{after} } @{json(scratch() . "/$name.json")->{endpoints}}};
}

sub visit { # with a login first, or refused
    my ($client, $login, $without) = @_;
    line($client, 'GET /home', 200);
    line($client, 'POST /user/login', 302) if $login;
    line($client, 'GET /account', $login ? 200 : $without) for 1 .. 2;
}

visit($_, $_ % 2, 401) for 1 .. 12;
is_deeply(proposed('contrast'), {'GET /account' => ['POST /user/login']}, 'a log: after the login, where others are refused');
visit($_, $_ % 2, 200) for 1 .. 12;
is_deeply(proposed('open'), {}, 'nothing where others are answered too');
visit($_, 1, 200) for 1 .. 12;
is_deeply(proposed('always'), {}, 'nothing without the contrast');

done_testing;
