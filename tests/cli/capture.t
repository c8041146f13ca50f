#!/usr/bin/env perl
# What an import proposes as `capture:`: values of answers that later requests have, so that a replay takes them anew. The archive is
# recorded from tests/servers/tokens.py, to which the values of another of its processes are nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use HTTP::Tiny;
use IO::Uncompress::Gunzip qw(gunzip);
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Seep;

my $server = root() . '/tests/servers/tokens.py';
my $db = scratch() . '/seep.db';
my (@entries, %given, %accepts);

sub record { # sends it, and keeps it with its answer
    my ($port, $client, $method, $path, $headers, $body) = @_;
    my $url = "http://127.0.0.1:$port$path";
    my $answer = HTTP::Tiny->new(timeout => 5)->request($method, $url, {headers => {%$headers, %accepts}, defined $body ? (content => $body) : ()});
    if (($answer->{headers}{'content-encoding'} // '') eq 'gzip') {
        gunzip(\$answer->{content} => \my $plain);
        $answer->{content} = $plain;
    }
    push @entries, {
        startedDateTime => strftime('2024-03-12T14:%M:%S.000Z', gmtime(scalar @entries)),
        connection => "$client",
        request => {method => $method, url => $url, headers => [map { {name => $_, value => $headers->{$_}} } sort keys %$headers],
            defined $body ? (postData => {mimeType => $headers->{'Content-Type'}, text => $body}) : ()},
        response => {status => 0 + $answer->{status},
            headers => [map { {name => $_, value => $answer->{headers}{$_}} } sort keys %{$answer->{headers}}],
            content => {mimeType => $answer->{headers}{'content-type'}, text => $answer->{content}}}};
    return $answer;
}

sub browse {
    my ($port, $client) = @_;
    my %form = ('Content-Type' => 'application/x-www-form-urlencoded');
    my %json = ('Content-Type' => 'application/json');
    for (1 .. 2) {
        my ($field) = record($port, $client, 'GET', '/form', {})->{content} =~ /value='([^']+)'/;
        record($port, $client, 'POST', '/form', \%form, "form%5Bcsrf_token%5D=$field&comment=hello-$client-$_");
        $given{$field} = 'csrf';
    }
    my $token = decode_json(record($port, $client, 'POST', '/login', \%json, '{"name":"app"}')->{content})->{user}{token};
    my %bearer = (Authorization => "Bearer $token");
    $given{$token} = 'token';
    my ($meta) = record($port, $client, 'GET', '/app', {})->{content} =~ /content="([^"]+)" \/>/;
    record($port, $client, 'PUT', '/settings', {%json, 'X-CSRF-Token' => $meta}, '{"theme":"dark"}') for 1 .. 2;
    $given{$meta} = 'meta';
    record($port, $client, 'GET', '/orders', \%bearer) for 1 .. 2;
    my $order = decode_json(record($port, $client, 'POST', '/orders', {%bearer, %json}, '{"sku":"K-1"}')->{content})->{id};
    record($port, $client, 'GET', "/orders/$order", \%bearer) for 1 .. 2;
    record($port, $client, 'POST', '/pay', {%bearer, %json}, "{\"order\": \"$order\", \"method\": \"card\"}");
    my $upload = record($port, $client, 'POST', '/uploads', {%bearer, %json}, '{}')->{headers}{'x-upload-key'};
    record($port, $client, 'GET', "/parts?part=1&upload=$upload", \%bearer);
}

sub archive {
    my ($name, @clients) = @_;
    my $port = free_port();
    @entries = ();
    start_server($port, scratch(), 'env', "PORT=$port", '/usr/bin/python3', $server);
    browse($port, $_) for @clients;
    return spit(scratch() . "/$name.har", encode_json({log => {version => '1.2', entries => \@entries}}));
}

sub import_into {
    my ($directory, $har, @options) = @_;
    spit("$directory/service.yaml", <<"END");
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, $server]}
ready: GET /health
END
    my $ran = seep('import', $har, '-o', $directory, '--json', "$directory.json", @options);
    is($ran->{exit}, 0, "import @options") or diag($ran->{err});
    return $ran->{out};
}

sub run { # planned and landed requests of each endpoint, on a fresh server
    my ($directory) = @_;
    my $file = "$directory.run.json";
    unlink $file;
    seep('run', $directory, '--connections', '2', '--requests', '200', '--no-early-stop', '--hold', '10ms', '--db', $db, '--json', $file);
    return {map { $_->{name} => "$_->{landed} of $_->{planned}" } @{json($file)->{endpoints}}};
}

sub whole { # all land
    my ($ran) = @_;
    return [grep { $ran->{$_} !~ /^([1-9]\d*) of \1$/ } sort keys %$ran];
}

my $har = archive('tokens', 1 .. 4);
is(scalar(grep { $_->{response}{status} >= 400 } @entries), 0, 'as recorded, everything was allowed');
my $directory = scratch() . '/tokens';
my $said = import_into($directory, $har);
my %endpoint = map { $_->{endpoint} => $_ } @{json("$directory.json")->{endpoints}};
my %capture = map { my $giver = $_; map { ("$giver $_->{name}" => $_) } @{$endpoint{$giver}{capture} // []} } keys %endpoint;
is_deeply([sort keys %capture],
    ['GET /app csrf_token', 'GET /form form_csrf_token', 'POST /login token', 'POST /orders id', 'POST /uploads x_upload_key'],
    'what is captured, and where') or diag(explain(\%capture));
is($capture{'POST /login token'}{json}, '/user/token', 'a token of JSON');
is($capture{'POST /uploads x_upload_key'}{header}, 'x-upload-key', 'a header');
like($said, qr{^capture: POST /login gives token anew, from its answer at /user/token \(8 of 8 requests of GET /orders have it in the header Authorization; .* and so 4 more\)$}m,
    'said, with what it rests on');
like($said, qr{^what is captured goes out in place of what was recorded; to send that, delete the line under `capture` \(\S+/\w+\.yaml\)$}m, 'and how to overrule it');
is(seep('check', $directory)->{exit}, 0, 'check accepts it: what stands for a value is no secret');

my $written = join '', map { slurp($_) } glob("$directory/*");
is(scalar(grep { $given{$_} =~ /token|meta|csrf/ && index($written . $said, $_) >= 0 } keys %given), 0, 'no token is written or shown');
is_deeply(whole(run($directory)), [], 'on a fresh server, whose values are others, everything lands without an edit');

# By hand: without the capture, what was recorded goes out.
my $file = "$directory/$endpoint{'POST /orders'}{file}";
(my $without = slurp($file)) =~ s/^capture:.*\n  id: .*\n//m;
spit($file, $without);
my ($one) = grep { m{^GET /orders/\{} } keys %endpoint;
my $ran = run($directory);
like($ran->{$one}, qr/^0 of [1-9]/, 'a deleted capture: the recorded id is sent, and unknown');
like($ran->{'GET /orders'}, qr/^(\d+) of \1$/, 'others go on');

# Into a directory that is there, scenario files are a person's: said, not written.
my $again = import_into($directory, $har, '--force');
is(slurp($file) =~ s/^rate:.*\n//mr, $without =~ s/^rate:.*\n//mr, '--force leaves the edited file');
like($again, qr{^not written into \S+, which was there: capture: \{id: \{json: /id\}\}$}m, 'and says what it would add');
is(scalar(() = $again =~ /^not written/mg), 1, 'only that');
is_deeply([map { @{$_->{not_written} // []} } @{json("$directory.json")->{endpoints}}], ['capture: {id: {json: /id}}'], 'in JSON too');
spit($file, slurp($file) . "capture: {id: {json: /id}}\n");
is_deeply(whole(run($directory)), [], 'added by hand, it is taken anew again');

# One session is enough for secrets.
my $single = scratch() . '/single';
import_into($single, archive('single', 7));
my %of_one = map { $_->{endpoint} => [map { $_->{name} } @{$_->{capture} // []}] } @{json("$single.json")->{endpoints}};
is_deeply($of_one{'POST /login'}, ['token'], 'one session: its token');
is_deeply($of_one{'GET /app'}, ['csrf_token'], 'its field');
my %landed = %{run($single)};
is_deeply([grep { $landed{$_} !~ /^(\d+) of \1$/ } 'GET /orders', 'POST /form', 'PUT /settings'], [], 'and they land');

# What goes through a recorder is known by its answers as well, packed or not, though all clients come from one address.
my $service = free_port();
start_server($service, scratch(), 'env', "PORT=$service", '/usr/bin/python3', $server);
my $through = scratch() . '/through';
my $job = begin({name => 'record'}, 'record', '--listen', '0', '--target', "http://127.0.0.1:$service", '-o', $through);
my $port;
for (1 .. 400) {
    last if ($port) = slurp("$job->{base}.err") =~ /127\.0\.0\.1:(\d+) passes on/;
    select undef, undef, undef, 0.02;
}
%accepts = ('Accept-Encoding' => 'gzip');
browse($port, $_) for 1 .. 2;
%accepts = ();
browse($port, $_) for 3 .. 4;
my $spool = '';
for (1 .. 100) {
    last if ($spool = slurp("$through/recording.jsonl")) =~ /theme/ || $spool =~ /upload/;
    select undef, undef, undef, 0.05;
}
like($spool, qr/"seep_clues":\["\d \d [0-9a-f]{16} /, 'while it runs, hashes stand beside the requests');
is(scalar(grep { $given{$_} =~ /token|meta|csrf/ && index($spool, $_) >= 0 } keys %given), 0, 'and no value');
kill 'INT', $job->{pid};
my $recorded = gather($job, 60);
like($recorded->{out}, qr{^capture: POST /login gives token anew, from its answer at /user/token \(8 of 8}m, 'recorded: said') or diag($recorded->{err});
is(scalar(grep { slurp($_) =~ /seep_clues/ } glob("$through/*.jsonl")), 0, 'nothing of them is left');
spit("$through/service.yaml", slurp("$directory/service.yaml"));
is_deeply(whole(run($through)), [], 'and everything lands on a fresh server');

done_testing;
