#!/usr/bin/env perl
# Secrets of every kind in every place where a recording can hold one: none is left in any file, report, store or line
# that is shown, however coded; what is none stays; and a replay sends them all the same.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Find;
use File::Path qw(make_path);
use JSON::PP;
use MIME::Base64;
use Test::More;
use Seep;

my $home = scratch() . '/secrets';
make_path($home);
my $library = ($ENV{BUILD} // root() . '/build') . '/servers/library';

# --- what is planted: a new value for each place, kept in @planted
srand 11;
my @planted;
my %letters = (
    hex => [0 .. 9, 'a' .. 'f'], upper => ['A' .. 'Z', 2 .. 7], alnum => ['a' .. 'z', 'A' .. 'Z', 0 .. 9], digits => [0 .. 9],
);
sub letters { my ($kind, $count) = @_; return join '', map { $letters{$kind}[rand @{$letters{$kind}}] } 1 .. $count }
sub planted { push @planted, $_[0]; return $_[0] }
sub uri { my ($text) = @_; $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge; return $text }
sub base64url { my $text = encode_base64($_[0], ''); $text =~ tr{+/}{-_}; $text =~ s/=+$//; return $text }
sub card {    # 4-4-4-4 with a digit that makes it add up
    my ($between) = @_;
    my $digits = '4' . letters('digits', 14);
    my ($sum, $i) = (0, 0);
    $sum += $i++ % 2 == 0 ? ($_ * 2 > 9 ? $_ * 2 - 9 : $_ * 2) : $_ for reverse split //, $digits;
    return planted(join $between, ($digits . (10 - $sum % 10) % 10) =~ /(....)/g);
}
sub word { planted('Zx' . letters('alnum', 14)) } # a password: nothing tells it but its name
sub random_hex { planted(letters('hex', 32)) }
sub jwt { planted(join '.', base64url('{"alg":"HS256"}'), base64url('{"sub":"' . letters('alnum', 9) . '"}'), letters('alnum', 43)) }
sub email { planted(lc(letters('alnum', 10)) . '@mail.example') }
my @vendors = (
    sub { 'AKIA' . letters('upper', 16) }, sub { 'ghp_' . letters('alnum', 36) }, sub { 'xoxb-' . letters('digits', 12) . '-' . letters('alnum', 24) },
    sub { 'sk_live_' . letters('alnum', 24) }, sub { 'AIza' . letters('alnum', 35) }, sub { 'glpat-' . letters('alnum', 20) },
    sub { 'SG.' . letters('alnum', 22) . '.' . letters('alnum', 43) }, sub { 'npm_' . letters('alnum', 36) },
);
sub vendor { planted($vendors[$_[0]]->()) }
sub pem { planted(join "\n", '-----BEGIN RSA PRIVATE KEY-----', letters('alnum', 64), letters('alnum', 40), '-----END RSA PRIVATE KEY-----') }

# What is no secret, one for each request of the log: all of it must be there in the end.
my @harmless = qw(7f1bce09-e032-423b-9bfa-b615c343fda0 4006381333931 2024031214000512 507f1f77bcf86cd799439011
    9daeafb9864cf43055ae93beb0afd6c7d144bfa4 SKU-88213-BLK-XL some-long-slug-with-many-words-2024 4242424242424241 B07XJ8C8F5
    01ARZ3NDEKTSV4RRFFQ69G5FAV logo%402x.png react%4018.2.0 1Z999AA10123456784 DE89370400440532013000);

# --- as an access log
my ($at, @lines) = (0);
sub access {
    my ($request, %given) = @_;
    push @lines, sprintf qq{10.0.0.%d - %s [12/Mar/2024:14:%02d:%02d +0000] "%s HTTP/1.1" 200 3 "%s" "%s"\n}, $at % 5, $given{user} // '-', $at / 60, $at % 60,
        $request, $given{referer} // '-', $given{agent} // 'agent/1';
    $at++;
}
access("GET /books/$at?id=$_&sort=price") for @harmless;
access("GET /shelf?row=1&token=" . word() . "&page=2");
access("GET /shelf?row=1&user%5Bpassword%5D=" . word());
access("GET /shelf?%61pi_key=" . word());
access("GET /shelf?note=" . uri(jwt()) . "&row=2");
access("GET /shelf?code=" . random_hex());
access("GET /shelf?state=" . planted(letters('alnum', 40)));
access("GET /shelf?mail=" . uri(email()));
access("GET /shelf?card=" . uri(card(' ')));
access("GET /shelf?card=" . card(''));
access("GET /shelf?q=" . vendor($_)) for 0 .. $#vendors;
access("GET /shelf?next=" . uri('https://h.example/p?access_token=' . uri(word()) . '&b=1'));
access("GET /shelf?next=" . uri(uri('https://h.example/p?access_token=' . word() . '&b=1')));
access("GET /shelf?data=" . uri('{"user":"jo","password":"' . word() . '"}'));
access("GET /shelf?data=" . uri(encode_base64(planted('{"user":"jo","password":"' . word() . '"}'), '')));
access("GET /shelf;jsessionid=" . word() . "/x?row=3");
access("GET /loans/" . jwt());
access("GET /loans/" . vendor(1));
access("GET /loans/" . uri(email()));
access("GET /verify/" . random_hex());
access("GET http://jo:" . word() . "\@h.example/shelf?row=4");
access("GET /books/1", referer => "https://h.example/x?sid=" . word());
access("GET /books/2", referer => "https://jo:" . word() . "\@h.example/");
access("GET /books/3", referer => "https://h.example/reset?reset_token=" . word() . "&x=1");
access("GET /books/4", agent => "agent/1 (" . email() . ")");
access("GET /books/5", user => word());
access("GET /loans/reader$_?token=" . word()) for 1 .. 20; # an endpoint that leaks: its requests are told at the end
my @skipped = (
    sub { '10.0.0.1 - - [12/Mar/2024:14:20:00 +0000] "GET /bad?token=' . word() . '"' },
    sub { 'Authorization: Bearer ' . word() },
    sub { 'Cookie: theme=dark; sid=' . word() },
    sub { '{"level":"info","password":"' . word() . '"}' },
    sub { q{garbage 'password': '} . word() . q{' and so on} },
    sub { "\x16\x03\x01 " . vendor(3) . ' ' . email() },
    sub { 'x' x 390 . ' ' . jwt() }, # where what is shown is cut
);
push @lines, map { $_->() . "\n" } @skipped;
spit("$home/access.log", join '', @lines);

# --- as a browser's archive
my @entries;
sub exchange {
    my ($method, $path, $headers, $type, $body) = @_;
    my %post = defined $body ? (postData => {mimeType => $type, text => $body}) : ();
    push @entries, {
        startedDateTime => sprintf('2024-03-12T15:%02d:%02d.5Z', @entries / 60, @entries % 60), connection => 'c1',
        request => {method => $method, url => "https://h.example$path", headers => [map { {name => $_->[0], value => $_->[1]} } @$headers], %post},
        response => {status => 200, headers => [{name => 'Set-Cookie', value => 'sid=' . word()}]},
    };
}
exchange('GET', '/shelf?row=9', [['Authorization', 'Bearer ' . word()], ['X-Api-Key', word()], ['X-CSRF-Token', word()], ['X-Session', random_hex()]]);
exchange('GET', '/shelf?row=9', [['Authorization', 'Basic ' . encode_base64(planted('jo:' . word()), '')]]);
exchange('GET', '/shelf?row=9', [['Cookie', 'theme=dark; sid=' . word() . '; csrftoken=' . word()]]);
exchange('GET', '/shelf?row=9', [['X-Note', 'see ' . vendor(2) . ', please'], ['X-Forwarded-Uri', '/p?a=1&auth_token=' . word()]]);
my $form = 'application/x-www-form-urlencoded';
exchange('POST', '/form', [], $form, 'user=jo&password=' . word() . '&qty=2');
exchange('POST', '/form', [], $form, 'qty=2&mail=' . uri(email()) . '&card_number=' . card('-') . '&note=' . uri('pay ' . card(' ') . ' now'));
exchange('POST', '/upload', [], 'multipart/form-data; boundary=B', join "\r\n", '--B', 'Content-Disposition: form-data; name="api_key"', '', word(), '--B',
    'Content-Disposition: form-data; name="file"; filename="backup?token=' . word() . '.txt"', '', 'kept ' . pem(), '--B--', '');
my $json = 'application/json';
exchange('POST', '/json', [], $json, '{"user":"kept-user","password":"' . word() . '","pin":' . planted(letters('digits', 12)) . ',"deep":[{"client_secret":"' . word() . '"}],"n":1.10}');
exchange('POST', '/json', [], $json, '{"pass\\u0077ord":"' . word() . '","mail":"' . email() . '","card":' . card('') . ',"nonce":"' . random_hex() . '"}');
exchange('POST', '/json', [], $json, encode_json({payload => encode_json({password => word(), inner => encode_json({api_key => word()})}), id => 7}));
exchange('POST', '/json', [], $json, encode_json({blob => encode_base64(planted(encode_json({token => word()})), ''), url => 'https://h.example/?x=1&token=' . word()}));
exchange('POST', '/json', [], $json, '[{"name":"password","value":"' . word() . '"},{"name":"qty","value":"kept-qty"}]');
exchange('POST', '/text', [], 'text/plain', 'the key is ' . pem() . ' and ' . vendor(0) . "\n");
exchange('POST', '/soap', [], 'text/xml', '<a><u:Password type="x">' . word() . '</u:Password><id>kept-id</id></a>');
spit("$home/browser.har", encode_json({log => {version => '1.2', entries => \@entries}}));

# --- as a recording of our own, not redacted yet
spit("$home/recorded.jsonl", join '', map { encode_json($_) . "\n" }
    {method => 'GET', url => '/books/1?token=' . word(), header => {Authorization => ['Bearer ' . word()], Cookie => ['sid=' . word()]}, t_us => 1710255600000001, status => 200},
    {method => 'POST', url => '/json', header => {'Content-Type' => [$json]}, body => encode_base64('{"token":"' . word() . '","mail":"' . email() . '"}', ''), t_us => 1710255600000002, status => 200});

# --- looking for them
sub forms {
    my ($secret) = @_;
    my @forms = ($secret, uri($secret), uri(uri($secret)), substr encode_json([$secret]), 2, -2);
    for my $shift (0 .. 2) { # base64 at each of the three places where it may begin
        my $coded = encode_base64('x' x $shift . $secret, '');
        my $from = $shift == 0 ? 0 : 4;
        my $inner = substr $coded, $from, int((length($secret) + $shift) / 3) * 4 - $from;
        (my $other = $inner) =~ tr{+/}{-_};
        push @forms, $inner, $other;
    }
    return @forms;
}
my @inputs = map { "$home/$_" } qw(access.log browser.har recorded.jsonl);
my %is_input = map { $_ => 1 } @inputs;
my @needles = map { my $secret = $_; map { [$secret, $_] } forms($secret) } @planted;

# Names of what holds any of them: files below directories, and streams.
sub found_in {
    my ($streams, @directories) = @_;
    my %bytes = %$streams;
    find({no_chdir => 1, wanted => sub { $bytes{$_} = slurp($_) if -f && !$is_input{$_} }}, @directories);
    my @found;
    for my $name (sort keys %bytes) {
        my $decoded = join "\n", map { decode_base64($_) } $bytes{$name} =~ /"body":"([^"]*)"/g;
        my @left = grep { index($bytes{$name}, $_->[1]) >= 0 || index($decoded, $_->[1]) >= 0 } @needles;
        push @found, "$name: $left[0][0] (as $left[0][1]) and @{[@left - 1]} more" if @left;
    }
    return @found;
}
sub none_left {
    my ($what, $streams, @directories) = @_;
    my @found = found_in($streams, @directories);
    is_deeply(\@found, [], $what);
}

cmp_ok(scalar @planted, '>=', 100, scalar(@planted) . ' secrets are planted');
is(scalar(found_in({map { $_ => slurp($_) } @inputs}, $home)), 3, 'and are found in the files that hold them');

my $ran = seep({in => $home}, 'import', 'access.log', 'browser.har', 'recorded.jsonl', '-o', 'service', '--show-skipped', '--json', 'import.json');
subtest 'import' => sub {
    is($ran->{exit}, 0, 'works') or diag($ran->{err});
    none_left('none is left', {out => $ran->{out}, err => $ran->{err}}, $home);
    is(scalar(() = $ran->{err} =~ /^access\.log:\d+: /mg), scalar @skipped, 'each skipped line is shown');
    my $recordings = join '', map { slurp($_) } glob "$home/service/*.jsonl";
    $recordings .= join "\n", map { decode_base64($_) } $recordings =~ /"body":"([^"]*)"/g;
    is_deeply([grep { index($recordings, "?id=$_&sort=price\"") < 0 } @harmless], [], 'what is no secret stands there byte for byte');
    is_deeply([grep { index($recordings, $_) < 0 } 'row=1&token={{', '}}&page=2', 'user=jo&password={{', '}}&qty=2', 'kept-user', '"n":1.10}', 'kept-qty',
        'kept-id', "\r\n--B--\r\n", 'kept {{', 'pay {{', '}}%20now', '"id":7'] , ['pay {{'], 'nor does what stands beside them change');
    is_deeply([grep { (stat)[2] & 077 } glob "$home/service/*.jsonl"], [], 'recordings are 0600');
    my %counts = %{json("$home/import.json")->{redacted}};
    my %headers;
    for my $file (glob "$home/service/*.jsonl") {
        open my $in, '<', $file or die $file;
        my $redacted = decode_json(scalar <$in>)->{redacted};
        $headers{$_} += $redacted->{$_} for keys %$redacted;
    }
    is_deeply(\%headers, \%counts, 'their first lines count what was taken out');
    cmp_ok($counts{$_} // 0, '>=', 3, "$_: " . ($counts{$_} // 0)) for qw(header query path form json body);
};

subtest 'seep check' => sub {
    my $checked = seep({in => $home}, 'check', 'service', '--offline');
    is($checked->{exit}, 0, 'sees none') or diag($checked->{err});
    my ($token, $password) = (word(), word());
    spit("$home/service/get_shelf.jsonl", slurp("$home/service/get_shelf.jsonl") . encode_json({method => 'GET', url => "/shelf?token=$token", t_us => 9e15 + 0}) . "\n");
    my $lines = () = slurp("$home/service/get_shelf.jsonl") =~ /\n/g;
    my ($scenario) = grep { /get_shelf\.yaml/ } glob "$home/service/*.yaml";
    spit($scenario, slurp($scenario) . "headers: {X-Api-Key: $password}\n");
    $checked = seep({in => $home}, 'check', 'service', '--offline');
    is($checked->{exit}, 200, 'sees one of each kind');
    like($checked->{err}, qr/^seep: \S*get_shelf\.jsonl:$lines: 1 value looks like a secret: /m, 'in a recording') or diag($checked->{err});
    like($checked->{err}, qr/^seep: \S*get_shelf\.yaml:5: a credential stands here: write \$\{NAME\}/m, 'in a scenario');
    unlike($checked->{out} . $checked->{err}, qr/\Q$token\E|\Q$password\E/, 'and shows none');
    seep({in => $home}, 'import', 'recorded.jsonl', '-o', 'kept', '--keep-secrets');
    $checked = seep({in => $home}, 'check', 'kept', '--offline');
    is($checked->{exit}, 200, '--keep-secrets');
    like($checked->{err}, qr/^seep: \S*get_books\S*\.jsonl:1: written with --keep-secrets: 3 values look like secrets$/m, 'is said') or diag($checked->{err});
    File::Path::remove_tree("$home/kept", "$home/service");
    pop @planted for 1 .. 2;
};

# A server that writes down what it was asked.
my $server = spit("$home/server.pl", <<'END');
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($port, $file) = @ARGV;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port: $!";
open my $out, '>>', $file or die $!; $out->autoflush(1);
my ($select, %pending) = (IO::Select->new($listener));
while (1) {
    for my $socket ($select->can_read) {
        if ($socket == $listener) { $select->add($listener->accept); next }
        if (!sysread $socket, $pending{$socket}, 65536, length($pending{$socket} //= '')) { delete $pending{$socket}; $select->remove($socket); close $socket; next }
        while ($pending{$socket} =~ /\r\n\r\n/) {
            my $head = $+[0];
            my $length = $pending{$socket} =~ /^Content-Length: (\d+)/mi ? $1 : 0;
            last if length($pending{$socket}) < $head + $length;
            print $out substr($pending{$socket}, 0, $head + $length, ''), "\n";
            syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        }
    }
}
END
my @reports = map { ("--$_", $_ eq 'csv' ? 'csv' : "report.$_") } qw(html json junit markdown issue github csv);

# What was put back goes out just as it was recorded.
sub all_sent {
    my ($file, $what) = @_;
    my $asked = slurp($file);
    my @missing = grep { index($asked, $_) < 0 } map { $_->{request}{postData} ? $_->{request}{postData}{text} : () } @entries;
    push @missing, grep { index($asked, $_) < 0 } map { /"(?:GET) (\/\S+) HTTP/ ? "GET $1 HTTP/1.1\r\n" : () } grep { !/\/bad/ } @lines;
    push @missing, grep { index($asked, $_) < 0 } map { my $e = $_; map { "$_->{name}: $_->{value}\r\n" } @{$e->{request}{headers}} } @entries;
    is_deeply(\@missing, [], $what) or diag(join "\n", map { substr $_, 0, 300 } @missing);
    unlike($asked, qr/\{\{redacted/, 'no placeholder');
}

subtest 'in one line: from memory' => sub {
    my $port = free_port();
    for my $again ('', ', of a directory that is there') {
        unlink "$home/asked";
        my $one = seep({in => $home}, 'run', 'access.log', 'browser.har', 'recorded.jsonl', '--db', 'results/seep.db', '--target', $port, '-o', 'one', '--requests', 300,
            '--connections', 2, '--hold', '100ms', @reports, '--', $^X, $server, $port, "$home/asked");
        like($one->{err}, qr/^kept +one/m, 'it ran') or diag($one->{err});
        all_sent("$home/asked", "every recorded byte is sent again$again");
        unlink "$home/asked";
        is(scalar(grep { /go out without/ } @{json("$home/report.json")->{caveats}}), 0, 'nothing is lacking');
        none_left("none is left$again", {out => $one->{out}, err => $one->{err}}, $home);
    }
};

subtest 'a hunt tells of requests with secrets' => sub {
    my $port = free_port();
    my $hunt = seep({in => $home}, 'bisect', 'access.log', '--db', 'results/seep.db', '--target', $port, '-o', 'hunted', '--confirm', 300, '--budget', '15s', '-e', 'GET /loans/{slug}',
        '--connections', 2, @reports, '--', $library, '-p', $port);
    my $result = json("$home/report.json");
    my $told = join "\n", map { @{$_->{curl} // []} } @{$result->{findings}};
    like($told, qr/\{\{redacted:/, 'a request that grows is told, with what stands for its secret') or diag($hunt->{out}, $hunt->{err});
    is(scalar(() = glob "$home/results/requests-*.jsonl"), 1, 'and kept');
    my $shown = seep({in => $home}, 'report', 'last', '--db', 'results/seep.db');
    none_left('none is left', {out => $hunt->{out}, err => $hunt->{err}, shown => $shown->{out}}, $home);
};

subtest 'a file of secrets' => sub {
    my $import = seep({in => $home}, 'import', 'access.log', 'browser.har', '-o', 'filed', '--secrets', 'filed.secrets', '-q');
    is($import->{exit}, 0, 'is written') or diag($import->{err});
    is((stat "$home/filed.secrets")[2] & 0777, 0600, 'for its owner alone');
    like(slurp("$home/filed.secrets"), qr/\A# seep: .*\n(redacted:[0-9a-f]{12}=.*\n)+\z/, 'a line each');
    my $port = free_port();
    spit("$home/filed/service.yaml", "target: http://127.0.0.1:\${PORT}\nstart: {command: [$^X, $server, \"\${PORT}\", $home/asked]}\nsecrets: ../filed.secrets\nagent: none\n");
    my @run = ('run', 'filed', '--db', 'results/seep.db', '--requests', 300, '--connections', 2, '--hold', '100ms', '--json', 'filed.json');
    seep({in => $home}, @run);
    all_sent("$home/asked", 'every recorded byte is sent again');
    unlink "$home/asked";
    chmod 0640, "$home/filed.secrets";
    my $wide = seep({in => $home}, @run);
    is($wide->{exit}, 201, 'others may read it: refused');
    like($wide->{err}, qr/\Aseep: \S+filed\.secrets: holds secrets and others may read or write it: chmod 600 \S+\n\z/, 'in one line');
    my $over = seep({in => $home}, 'import', 'access.log', '-o', 'other', '--secrets', 'filed.secrets');
    is($over->{exit}, 201, 'nothing is written over');
    like($over->{err}, qr/\Aseep: filed\.secrets: is there already; secrets go into a new file\n\z/, 'in one line');
    chmod 0600, "$home/filed.secrets";
    spit("$home/broken.secrets", "# fine\nredacted:12zz=x\n");
    chmod 0600, "$home/broken.secrets";
    spit("$home/filed/service.yaml", slurp("$home/filed/service.yaml") =~ s/filed\.secrets/broken.secrets/r);
    like(seep({in => $home}, @run)->{err}, qr/\Aseep: \S+broken\.secrets:2: expected hex digits [^\n]*\n\z/, 'a broken one: file and line');
    spit("$home/filed/service.yaml", slurp("$home/filed/service.yaml") =~ s/secrets: .*//r);
    seep({in => $home}, @run);
    like(slurp("$home/asked"), qr/\{\{redacted/, 'without it placeholders go out');
    like(join("\n", @{json("$home/filed.json")->{caveats}}), qr/^\d+ of \d+ recorded requests \(\d+ of \d+ endpoints\) go out without a credential/m, 'and the result says so');
    is((stat "$home/results/seep.db")[2] & 077, 0, 'the store is 0600');
};

done_testing();
