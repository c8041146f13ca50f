#!/usr/bin/perl
# Logs that a real nginx writes in formats of all kinds, of the same requests, and what an import makes of each. Then what
# is said of formats and patterns that are none.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use MIME::Base64;
use Seep;
use Test::More;

my $directory = scratch() . '/nginx';
my ($port, $behind) = (free_port(), free_port());
my %format = (
    main => q{log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent" "$http_x_forwarded_for" $request_time';},
    json => q{log_format json escape=json '{"time":"$time_iso8601","method":"$request_method","uri":"$request_uri",'
        '"status":$status,"agent":"$http_user_agent","body":"$request_body","type":"$content_type"}';},
    parts => q{log_format parts '$msec $request_method $host$uri$is_args$args $status sid=$cookie_sid '
        'agent="$http_user_agent" lang="${http_accept_language}" up=$upstream_addr took=$request_time';},
    none => q{log_format none escape=none '$time_iso8601|$request|$status|$http_user_agent|$http_host';},
    ltsv => qq{log_format ltsv 'time:\$time_local\thost:\$remote_addr\treq:\$request\tstatus:\$status\tua:\$http_user_agent\tvhost:\$host';},
);
my $agent = "caf\xc3\xa9 \"quoted\" back\\slash";

sub start {
    my $user = $> == 0 ? 'user root;' : '';
    my $temporary = join ' ', map { "${_}_temp_path $directory/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    my $formats = join "\n    ", map { $format{$_} } sort keys %format;
    my $logs = join ' ', map { "access_log $directory/$_.log $_;" } sort keys %format;
    spit("$directory/nginx.conf", <<"END");
$user daemon off; worker_processes 1; pid $directory/pid; error_log $directory/error.log;
events { worker_connections 100; }
http {
    $temporary
    $formats
    server { listen 127.0.0.1:$behind; access_log off; location / { return 201 taken; } }
    server {
        listen 127.0.0.1:$port; $logs
        location / { return 200 hello; }
        location /missing { return 404; }
        location /orders { proxy_pass http://127.0.0.1:$behind; }
    }
}
END
    start_server($port, $directory, 'nginx', '-e', "$directory/error.log", '-c', "$directory/nginx.conf");
}

sub ask {
    my ($request) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
    print $socket $request;
    $socket->flush;
    shutdown $socket, 1 if $request !~ / HTTP/;
    local $/;
    return scalar <$socket>;
}

sub send_all {
    my $headers = "Host: shop.example:$port\r\nUser-Agent: $agent\r\nConnection: close\r\n";
    ask("GET /plain HTTP/1.1\r\n$headers\r\n");
    ask("GET /dash-?x=%22a%22 HTTP/1.1\r\n${headers}Cookie: sid=s1; other=2\r\nAccept-Language: de, en\r\n\r\n");
    ask("GET /missing?q HTTP/1.1\r\n${headers}X-Forwarded-For: 198.51.100.7\r\n\r\n");
    my $body = "{\"name\": \"a\\\"b\",\n\"n\": 1}";
    ask("POST /orders HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
    ask("\x16\x03\x01\x02garbage\r\n\r\n");
    return $body;
}

# The requests of a service directory, in the order of their times.
sub requests {
    my ($service) = @_;
    my @lines = map { split /\n/, slurp($_) } glob "$service/*.jsonl";
    my @requests = grep { exists $_->{method} } map { JSON::PP->new->utf8->decode($_) } @lines;
    return sort { $a->{t_us} <=> $b->{t_us} || $a->{url} cmp $b->{url} } @requests;
}

sub import_log {
    my ($name, $log, @options) = @_;
    my $service = scratch() . "/of-$name";
    my $ran = seep('import', "$directory/$log.log", '-o', $service, '-q', '--keep-secrets', @options);
    is($ran->{exit}, 0, "$name: imported") or diag($ran->{err});
    like($ran->{out}, qr/: 5 lines: 4 imported, 1 skipped/, "$name: the line of what was no request is skipped");
    return requests($service);
}

sub has_them {
    my ($name, @requests) = @_;
    my @told = sort map { "$_->{method} $_->{url} $_->{status}" } @requests;
    is_deeply(\@told, ['GET /dash-?x=%22a%22 200', 'GET /missing?q 404', 'GET /plain 200', 'POST /orders 201'],
        "$name: the requests are those that were sent");
    my %agents = map { $_->{header}{'User-Agent'}[0] => 1 } @requests;
    is(join('|', sort keys %agents), "caf\x{e9} \"quoted\" back\\slash", "$name: the escapes of the user agent are undone");
    return map { $_->{url} =~ m{^/(\w+)} => $_ } @requests;
}

SKIP: {
    skip 'no nginx here', 1 if !grep { -x "$_/nginx" } split(/:/, $ENV{PATH}), '/usr/sbin';
    $ENV{PATH} .= ':/usr/sbin';
    start();
    my $body = send_all();
    select undef, undef, undef, 0.05 while slurp("$directory/main.log") !~ /garbage/;

    my %of = has_them(main => import_log('main', 'main', '--log-format', $format{main}));
    is($of{missing}{header}{'X-Forwarded-For'}[0], '198.51.100.7', 'main: headers that are logged become headers');
    isnt($of{missing}{session}, $of{plain}{session}, 'main: behind a proxy its client is the session');
    %of = has_them(json => import_log('json', 'json', '--log-format', $format{json}));
    is(decode_base64($of{orders}{body} // ''), $body, 'json: the body, without its escapes');
    is($of{orders}{header}{'Content-Type'}[0], 'application/json', 'json: and what it is');
    %of = has_them(parts => import_log('parts', 'parts', '--log-format', $format{parts}));
    is($of{dash}{header}{Cookie}[0], 'sid=s1', 'parts: a cookie that is logged makes the header');
    is($of{dash}{header}{'Accept-Language'}[0], 'de, en', 'parts: a header in braces');
    cmp_ok(scalar(grep { $_->{t_us} % 1000 == 0 } values %of), '==', 4, 'parts: times to the millisecond');
    has_them(none => import_log('none', 'none', '--log-format', $format{none}));
    has_them(ltsv => import_log('ltsv', 'ltsv'));
    has_them(
        pattern => import_log(
            'pattern', 'none', '--pattern',
            '^(?<time>[^|]+)\\|(?<request>[^|]*)\\|(?<status>\\d+)\\|(?<header_User_Agent>[^|]*)\\|(?<host>.*)'
        )
    );
}

# --- what is none: one line, exit code 200, and nothing left behind
my $log = spit(scratch() . '/some.log', qq{192.0.2.1 - - [12/Mar/2024:14:00:05 +0000] "GET / HTTP/1.1" 200 1\n});
my @refused = (
    [['--log-format', '$time_local $status$request'], 'column 20: two variables follow one another'],
    [['--log-format', '%h%r'], 'column 3: two directives follow one another'],
    [['--log-format', '[$time_local] $status'], 'nothing in it makes a request: it takes $request, or'],
    [['--log-format', '%{%H:%M}t "%r"'], 'its time has no date; %t has one'],
    [['--log-format', '%{%Q}t "%r"'], 'column 1: a time with %Q cannot be read back'],
    [['--log-format', 'log_format main \'$request'], 'column 17: this quote is not closed'],
    [['--log-format', 'escape=xml $request'], "column 1: unknown 'escape=xml' (known: default, json, none)"],
    [['--log-format', 'combind'], 'is no known name (combined, main,'],
    [['--format', 'log-format'], '--log-format FORMAT is missing'],
    [['--pattern', '(?<request>.*)(?<statsu>.)'], "unknown group 'statsu' (did you mean 'status'?"],
    [['--pattern', '(?<time>.*)'], 'nothing makes a request of a line: it takes the group (?<request>...)'],
    [['--pattern', '(?<request>.*'], 'pattern, offset 13: missing closing parenthesis'],
    [['--pattern', '(?<request>.*)', '--format', 'combined'], "--pattern is for --format pattern, not for 'combined'"],
    [['--pattern', '(?<request>.*)', '--log-format', 'main'], "--log-format is for --format log-format, not for 'pattern'"],
    [['--pattern', '(?<request>x)'], 'nothing to import: 1 skipped, most for: not in this format'],
);
for my $row (@refused) {
    my ($options, $text) = @$row;
    my $ran = seep('import', $log, '-o', scratch() . '/none', @$options);
    is($ran->{exit} . ($ran->{err} =~ tr/\n//), '2001', "@$options: one line, exit code 200");
    like($ran->{err}, qr/\Q$text/, '... and what would be right');
}
ok(!-e scratch() . '/none', 'none of these left anything behind');
my $ran = seep('bisect', $log, '--target', 'http://127.0.0.1:' . free_port(), '--log-format', '$request$status');
like($ran->{err}, qr/column 9: two variables/, 'the one-line form takes the same options');
$ran = seep('bisect', scratch(), '--pattern', '(?<request>.*)');
like($ran->{err}, qr/--pattern is for files of recorded traffic/, '... for files only');

done_testing();
