#!/usr/bin/env perl
# Below the endpoint: which of its recorded requests grow, the recording of few of them that grow by themselves, and curl lines.
# NARROW=LEAK,... other leaks of tests/servers/orders.py than those tried here (all_of_them); NARROW_SEED=N: other requests.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Digest::MD5 qw(md5_hex);
use MIME::Base64;
use JSON::PP;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $coder = JSON::PP->new->canonical;
my $seed = $ENV{NARROW_SEED} // 0;
my @currencies = (('EUR') x 8, ('USD') x 6, ('GBP') x 3, 'CHF', 'SEK', 'JPY'); # one in twenty
my @agents = ('Desk/1.0', 'Phone/3', 'Phone/3');
my @places = qw(AMS OSL CPH RTM);

# The same on every machine; what is in a request hangs on nothing else that is in it.
sub dice {
    my ($n, $which, $of) = @_;
    return hex(substr md5_hex("$seed $n $which"), 0, 7) % $of;
}

# 300 requests of either endpoint, as a day brings them.
sub asked {
    my ($n) = @_;
    my $number = 1 + dice($n, 1, 40);
    return ["/orders/$number?currency=$currencies[dice($n, 2, 20)]&page=" . dice($n, 3, 4),
        header => {'User-Agent' => [$agents[dice($n, 4, 3)]], Accept => ['application/json']},
        status => $number % 13 == 0 ? 404 : 200, session => 's' . dice($n, 5, 23)];
}

sub added {
    my ($n) = @_;
    my %body = (sku => 'A' . dice($n, 6, 37), ship => {from => $places[dice($n, 7, 4)], days => dice($n, 8, 5)});
    my $refused = dice($n, 9, 17) == 0;
    $body{quantity} = dice($n, 10, 19) == 0 ? 100 + dice($n, 11, 300) : 1 + dice($n, 12, 9) if !$refused;
    $body{gift} = 'ribbon' if dice($n, 13, 13) == 0;
    return ['/orders', header => {'Content-Type' => ['application/json']}, body => encode_base64($coder->encode(\%body), ''),
        status => $refused ? 400 : 201, session => 's' . dice($n, 5, 23)];
}

my %endpoints = (
    get => ['GET /orders/{id}', '', map { asked($_) } 0 .. 299],
    post => ['POST /orders', '', map { added($_) } 0 .. 299],
    stock => ['GET /stock', '', map { ['/stock'] } 1 .. 40],
);
my $yaml = <<"END";
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, @{[root()]}/tests/servers/orders.py]}
ready: GET /health
END
my $service = make_service('orders', $yaml, @endpoints{qw(get post stock)});
my $fresh = make_service('fresh', $yaml, ['GET /orders/{id}', "fresh: {path: id}\n", @{$endpoints{get}}[2 .. 60]], $endpoints{stock});

my %expected = ( # endpoint, requests that grow (undef: not said), whether few of them are kept
    all => ['GET /orders/{id}', undef, 1],
    value => ['GET /orders/{id}', qr/^currency=JPY$/, 1],
    missing => ['GET /orders/{id}', qr/^status 404$/, 1],
    refused => ['POST /orders', qr/^(?:status 400|without body \/?quantity|body without \/?quantity)$/, 1],
    field => ['POST /orders', qr/^(?:with body \/gift|body with \/gift|body \/gift=ribbon)$/, 1],
    nested => ['POST /orders', qr/^body \/ship\/from=OSL$/, 1],
    amount => ['POST /orders', qr/^body \/quantity >= [1-4]\d\d$/, 1],
    both => ['GET /orders/{id}', qr/^(?=.*currency=JPY)(?=.*Phone\/3)/, 1],
    path => ['GET /orders/{id}', qr/^\{id\}=7$/, 1],
    variety => ['GET /orders/{id}', undef, undef],
    third => ['GET /orders/{id}', undef, 1],
);

sub hunt {
    my ($leak, $label, @more) = @_;
    my $directory = $leak eq 'variety' ? $fresh : $service;
    my $ran = seep({env => {LEAK => $leak}}, 'bisect', $directory, '--confirm', '2000', '--db', $db, '-q', '--label', $label, '--json', scratch() . "/$label.json",
        '--html', scratch() . "/$label.html", @more);
    return ($label, $ran, json(scratch() . "/$label.json"));
}

# Replayed by the command that the report shows, growth comes again; by a curl line, its answer.
sub replays {
    my ($leak, $finding) = @_;
    my $again = $finding->{reproduce};
    if (defined $finding->{requests_that_grow}) {
        like($again, qr/ --recording \S+/, 'the command replays the few');
    } else {
        unlike($again, qr/ --recording/, 'the command replays the endpoint');
        $again =~ s/ -e '[^']*'/ --recording $finding->{recording}/; # which any of its requests stands for
    }
    my @words = map { s/^'(.*)'$/$1/r } $again =~ /('[^']*'|\S+)/g;
    push @words, '--fail-if', 'growth > 1 objects/request'; # each of them keeps eight; of other things Flask keeps a few hundred in all
    my $ran = seep({env => {LEAK => $leak}}, @words[1 .. $#words], '--hold', '1s', '--db', $db, '-q', '--json', scratch() . "/$leak-again.json");
    is($ran->{exit}, 1, 'it grows by itself') or diag($ran->{err});
    my $result = json(scratch() . "/$leak-again.json");
    is($result->{verdict}, 'growth', 'by its verdict');
    my $off = seep({env => {LEAK => 'off'}}, @words[1 .. $#words], '--hold', '1s', '--db', $db, '-q', '--json', scratch() . "/$leak-off.json");
    isnt($off->{exit}, 1, 'and does not where nothing leaks');
}

sub curls {
    my ($leak, $finding) = @_;
    my $port = free_port();
    local $ENV{LEAK} = $leak;
    local $ENV{PORT} = $port;
    my $server = start_server($port, root(), '/usr/bin/python3', root() . '/tests/servers/orders.py');
    my ($line) = @{$finding->{curl}};
    spit(scratch() . '/by-hand.sh', "$line -o /dev/null -w '%{http_code}'\n");
    my $status = qx(sh @{[scratch()]}/by-hand.sh);
    my (undef, $first) = split /\n/, slurp($finding->{recording});
    is($status, decode_json($first)->{status}, 'answered as recorded');
    kill 'TERM', -$server;
    waitpid $server, 0;
}

my %wanted = map { $_ => 1 } split /,/, $ENV{NARROW} // 'value,field';
for my $leak (grep { $wanted{$_} || $wanted{all_of_them} } sort keys %expected) {
    subtest $leak => sub {
        my ($endpoint, $words, $kept) = @{$expected{$leak}};
        my ($label, $ran, $result) = hunt($leak, $leak);
        # That they cannot be told apart is an answer, too, on a busy machine: it may be given once.
        ($label, $ran, $result) = hunt($leak, "$leak-more", '--seed', 7) if defined $words && !defined $result->{findings}[0]{requests_that_grow};
        is($ran->{exit}, 1, 'growth') or diag($ran->{err}, $result->{reason});
        is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], [$endpoint], 'of that endpoint');
        my $finding = $result->{findings}[0] // {};
        if (defined $words) {
            like($finding->{requests_that_grow} // '', $words, 'the requests that grow');
            like($ran->{out}, qr/^\s+only\s+\S/m, 'on the terminal');
            ok(slurp(scratch() . "/$label.html") =~ /Only requests with/, 'on the page');
            ok((grep { $_ eq 'narrow' } @{$finding->{confirmed}}), 'confirmed');
        } else {
            is($finding->{requests_that_grow}, undef, 'none are told from the others');
        }
        if ($kept && ok(defined $finding->{recording}, 'those that grow by themselves are kept')) {
            is((stat $finding->{recording})[2] & 0777, 0600, 'its recording is private');
            replays($leak, $finding);
            curls($leak, $finding);
        } elsif (!$kept) {
            is($finding->{recording}, undef, 'no few requests grow by themselves') if !defined $kept;
        }
        is_deeply(decode_json(seep('report', $label, '--db', $db, '--json', '-')->{out})->{findings}, $result->{findings}, 'as stored');
    };
}

subtest 'a recording instead of those of the service' => sub {
    my $file = scratch() . '/few.jsonl';
    spit($file, join "\n", '{"method":"GET","url":"/orders/7?currency=JPY","t_us":0}', '{"method":"GET","url":"/stock","t_us":5}', '');
    my @run = ('run', $service, '--recording', $file, '--connections', '2', '--db', $db, '-q', '--hold', '0s', '--json', scratch() . '/few.json');
    seep(@run, '--requests', '300');
    my $result = json(scratch() . '/few.json');
    is_deeply([sort map { $_->{name} } @{$result->{endpoints}}], ['GET /orders/{id}', 'GET /stock'], 'its endpoints alone');
    seep(@run, '--requests', '300', '-e', 'GET /stock', '-e', 'POST /orders');
    $result = json(scratch() . '/few.json');
    is_deeply([sort map { $_->{name} } @{$result->{endpoints}}], ['GET /stock', 'POST /orders'], 'or those that are named');
    spit($file, qq({"method":"GET","url":"/nowhere","t_us":0}\n));
    my $ran = seep(@run);
    is($ran->{exit}, 200, 'of no endpoint: refused');
    like($ran->{err}, qr{^seep: --recording: \Q$file\E:1(?::\d+)?: /nowhere is no endpoint of }, 'in one line, with its place');
    is(seep('run', $service, '--recording', "$file.not", '--db', $db)->{exit}, 200, 'no such file');
};

done_testing();
