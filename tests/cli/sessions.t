#!/usr/bin/env perl
# Sessions against a shop that wants a login: captures, cookies, setup, expectations, fresh keys, clients that hang up.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib $FindBin::Bin;
use MIME::Base64;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $shop = root() . '/tests/servers/shop';
my @gunicorn = ('-m', 'gunicorn', '-w', '1');
my @threads = ('-k', 'gthread', '--threads', '4'); # keeps connections open, and answers several at once

sub yaml {
    my $command = join ', ', map { qq("$_") } '/usr/bin/python3', @gunicorn, @_, '-b', '127.0.0.1:${PORT}', 'app:app';
    return <<"END";
target: http://127.0.0.1:\${PORT}
start: {command: [$command], directory: $shop}
ready: GET /health
signals:
  - {name: live_objects, url: /debug/memory, pointer: /live_objects, unit: objects}
  - {name: live_bytes, url: /debug/memory, pointer: /live_bytes, unit: bytes}
END
}

my $threaded = yaml(@threads);
my $single = yaml(); # one request at a time: what is under way is in no reading

my $runs = 0;

sub result_of {
    my ($given, @arguments) = @_;
    my $file = scratch() . '/result-' . ++$runs . '.json';
    my $ran = seep($given, @arguments, '--db', $db, '--json', $file);
    my $result = -e $file ? json($file) : {replay => {}, endpoints => [], findings => [], verdict => 'none'};
    diag($ran->{err}) if !-e $file;
    return ($ran, $result);
}

sub run { # a closed loop
    my ($directory, $requests, $environment, @more) = @_;
    return result_of({env => $environment}, 'run', $directory, '--connections', '4', '--requests', $requests, '--no-early-stop', @more);
}

sub body { return (body => encode_base64($_[0], '')) }

sub why { # of an endpoint that was not looked at
    my ($result, $name) = @_;
    my ($entry) = grep { $_->{endpoints}[0] eq $name } @{$result->{not_looked_at}};
    return $entry->{why} // '';
}

sub landed { # all of the mix, and each as recorded
    my ($result, $planned) = @_;
    is($result->{replay}{planned}, $planned, 'as many as asked');
    is($result->{replay}{done}, $planned, 'all done') or diag(explain($result->{not_looked_at}));
    is($_->{landed}, $_->{planned}, "$_->{name}: each answered as recorded") for @{$result->{endpoints}};
    is_deeply($result->{not_looked_at}, [], 'all looked at');
    is($result->{replay}{lag_max_us}, 0, 'nothing is late in a closed loop');
}

# Six clients, each of which goes through the shop with what the answers gave it.
sub walk {
    my ($name, $form, $page) = @_;
    my @json = (header => {'Content-Type' => ['application/json'], 'Accept-Encoding' => ['gzip']});
    my $step = 0;
    my $each = sub {
        my ($url, @more) = @_;
        my $at = 1_000_000 * $step++;
        return map { [$url, session => "client $_", t_us => $at + 1000 * $_, @more] } 1 .. 6;
    };
    return make_service($name, $threaded,
        ['GET /login', $form, $each->('/login')],
        ['POST /login', "headers: {Content-Type: application/x-www-form-urlencoded}\n",
            $each->('/login', status => 303, body('user=load&password=let+me+in&csrf={{form_csrf}}'))],
        ['GET /account', $page, $each->('/account')],
        ['GET /orders/{account}', '', $each->('/orders/{{account}}', @json)],
        ['POST /cart', "headers: {X-CSRF: '{{csrf}}'}\ncapture: {cart: {json: /cart/id}}\n",
            $each->('/cart', status => 201, @json, body('{"sku":"K-1"}'))],
        ['POST /checkout', "headers: {X-CSRF: '{{csrf}}'}\n", $each->('/checkout', @json, body('{"cart":"{{cart}}"}'))]);
}

my $form = q(capture: {form_csrf: {body: 'name="csrf" value="([^"]+)"'}}) . "\n";
my $page = q(capture: {csrf: {body: 'content="([^"]+)"'}, account: {body: 'href="/orders/([^"]+)'}}) . "\n";

subtest 'what answers give is used in URL, header, body and form; cookies go along' => sub {
    my ($ran, $result) = run(walk('walk', $form, $page), 720);
    landed($result, 720);
    is($result->{replay}{uncorrelated}, 0, 'no value was missing');
    isnt($result->{verdict}, 'growth', 'the shop leaks nothing');
};

subtest 'without a capture its name is sent as it stands, and nothing behind the login lands' => sub {
    my ($ran, $result) = run(walk('plain', '', $page), 144);
    is($ran->{exit}, 125, 'exit code');
    like(why($result, 'POST /login'), qr/^answered 403 where 303 was recorded: it may want a login/, 'the login: its status');
    like(why($result, 'GET /account'), qr/^answered 403 where 200 was recorded: it may want a login/, 'the page behind it: its status');
    like(why($result, 'GET /orders/{account}'), qr/\{\{account\}\} was not captured/, 'what that should have given: its name');
    is_deeply($result->{$_}, [], "$_: none") for qw(findings cleared);
};

subtest 'a capture that finds nothing: what needs it is not sent, and counted' => sub {
    (my $wrong = $form) =~ s/name="csrf"/name="xsrf"/;
    my ($ran, $result) = run(walk('wrong', $wrong, $page), 144);
    is($ran->{exit}, 125, 'exit code');
    like($result->{reason}, qr/not land/, 'the reason');
    like(why($result, 'POST /login'), qr/\{\{form_csrf\}\} was not captured/, 'says which');
    my ($login) = grep { $_->{name} eq 'POST /login' } @{$result->{endpoints}};
    is($login->{skipped}, $login->{planned}, 'no login was sent');
    cmp_ok($result->{replay}{uncorrelated}, '>=', $login->{planned}, 'uncorrelated');
    is($result->{replay}{planned}, $result->{replay}{done} + $result->{replay}{failed} + $result->{replay}{skipped}, 'each ended once');
};

# Orders of a service that wants a bearer token: a login of ours first.
sub orders {
    my ($name, $per, $target) = @_;
    my $steps = <<'END';
[{request: POST /token, body: {user: load, password: "${LOAD_PASSWORD}"}, capture: {token: {json: /token}}}]
END
    my $setup = $per eq 'run' ? "setup: {per: run, requests: $steps}" : "setup: $steps";
    my @orders = map { ["/api/order/$_", session => 'client ' . $_ % 5, header => {'Accept-Encoding' => ['gzip']}] } 1 .. 40;
    return make_service($name, ($target // $threaded) . $setup,
        ['GET /api/order/{id}', "headers: {Authorization: 'Bearer {{token}}'}\n", @orders]);
}

sub nowhere { # none of the secrets, in no file and in nothing that was printed
    my ($ran, $name, %secrets) = @_;
    my @files = grep { -f } glob join ' ', "$db*", map { scratch() . "/$_" } 'result-*', 'kept/*', 'kept/*/*';
    my $written = join "\n", $ran->{out}, $ran->{err}, map { slurp($_) } @files;
    cmp_ok(scalar @files, '>', 5, "$name: the store and the reports are there");
    ok(index($written, 'GET /api/order/{id}') >= 0, "$name: and hold what they should");
    for my $what (sort keys %secrets) {
        ok(index($written, $secrets{$what}) < 0, "$name: $what is nowhere");
    }
}

my $password = 'horse/47+staple';
my %secrets = (
    'the password' => $password,
    'the password in base64' => encode_base64($password, ''),
    'a token' => substr(sha256_hex('shop/token/1'), 0, 32),
);

subtest 'a setup per session and per run; what it says is kept nowhere' => sub {
    my @reports = map { ("--$_", scratch() . "/kept/$_") } qw(html junit markdown csv);
    mkdir scratch() . '/kept';
    my %environment = (LOAD_PASSWORD => $password, SHOP_PASSWORD => $password);
    for my $per ('session', 'run') {
        my ($ran, $result) = run(orders("per-$per", $per), 200, \%environment, '-v', @reports);
        landed($result, 200);
        nowhere($ran, "per $per", %secrets);
    }
    my $checked = seep({env => \%environment}, 'check', scratch() . '/per-session', '--offline');
    like($checked->{out}, qr{^setup:  POST /token, once per session$}m, 'check names it');
    $checked = seep({env => \%environment}, 'check', scratch() . '/per-run', '--offline');
    like($checked->{out}, qr{^setup:  POST /token, once per run$}m, 'and how often');
    my ($ran, $result) = run(orders('wrong-password', 'session'), 40, {%environment, SHOP_PASSWORD => 'other'}, '-v', @reports);
    is($ran->{exit}, 125, 'a login that fails: exit code');
    like(why($result, 'GET /api/order/{id}'), qr{not sent: setup POST /token answered 403$}, 'says why');
    is($result->{replay}{uncorrelated}, 40, 'none was sent');
    nowhere($ran, 'a login that fails', %secrets);
    delete local $ENV{LOAD_PASSWORD};
    $ran = seep('run', scratch() . '/per-run', '--db', $db);
    is($ran->{exit}, 200, 'a variable that is not set');
    like($ran->{err}, qr/service\.yaml:\d+:\d+: .*LOAD_PASSWORD/, 'where it is wanted');
};

subtest 'a setup of two steps: the form, and what it hid' => sub {
    my ($setup) = slurp(root() . '/README.md') =~ /```yaml\n(setup:.*?)```/s;
    my $directory = make_service('form', $threaded . $setup, ['GET /account', '', map { ['/account', session => "client $_"] } 1 .. 9]);
    my ($ran, $result) = run($directory, 90, {LOAD_PASSWORD => $password, SHOP_PASSWORD => $password});
    landed($result, 90);
    ($ran, $result) = run($directory, 90, {LOAD_PASSWORD => 'no', SHOP_PASSWORD => $password});
    like(why($result, 'GET /account'), qr{setup POST /login answered 403$}, 'without the password');
};

sub shop_of_ours { # started here, so that it can be asked afterwards
    my (%environment) = @_;
    my $port = free_port();
    local @ENV{keys %environment} = values %environment;
    start_server($port, $shop, '/usr/bin/python3', @gunicorn, @threads, '-b', "127.0.0.1:$port", 'app:app');
    return ($port, "target: http://127.0.0.1:$port\nwatch: {port: $port}\nmethods: [POST]\n");
}

sub given { # how many tokens that shop has given out
    my ($port) = @_;
    return JSON::PP::decode_json(`curl -s http://127.0.0.1:$port/tokens`)->{given};
}

subtest 'a login is sent only where its method is allowed' => sub {
    my %environment = (LOAD_PASSWORD => $password, SHOP_PASSWORD => $password);
    my ($port, $target) = shop_of_ours(%environment);
    $target =~ s/^methods: .*\n//m;
    my $ran = seep({env => \%environment}, 'run', orders('not-allowed', 'session', $target), '--db', $db, '--requests', '40');
    is($ran->{exit}, 200, 'exit code');
    like($ran->{err}, qr/\Aseep: [^\n]*a request of `setup` may change data there: name its method in `methods`[^\n]*\n\z/, 'says why');
    is(given($port), 0, 'the shop gave out no token');
    ($ran, my $result) = run(scratch() . '/not-allowed', 40, \%environment, '--methods', 'POST');
    landed($result, 40);
};

subtest 'a token that runs out: another one, and no request is lost' => sub {
    my %environment = (LOAD_PASSWORD => $password, SHOP_PASSWORD => $password);
    my ($port, $target) = shop_of_ours(%environment, TOKEN_USES => 10);
    my ($ran, $result) = run(orders('runs-out', 'session', $target), 400, \%environment);
    landed($result, 400);
    cmp_ok(given($port), '==', 50, '50 sessions of 8 requests each: one token each');
    ($ran, $result) = run(orders('runs-out-run', 'run', $target), 400, \%environment);
    landed($result, 400);
    cmp_ok(given($port) - 50, '>=', 40, '400 requests, 10 to a token: 40 tokens or some more');
    cmp_ok(given($port) - 50, '<', 200, 'and not one for each');
};

sub stock {
    my ($name, $expect) = @_;
    my @stock = map { ["/stock/K-$_", header => {'Accept-Encoding' => ['gzip']}] } 1 .. 20;
    return make_service($name, $single, ['GET /stock/{sku}', $expect, @stock]);
}

subtest 'what an answer must be, gzip-coded or not' => sub {
    my %says = (
        "json: {/ok: '^true\$', /sku: '^K-', /pieces: '^12\$'}" => qr{/ok},
        "body: '\"ok\": ?true'" => qr/body/,
        "header: {Cache-Control: 'max-age=\\d'}" => qr/Cache-Control/i,
    );
    my ($ran, $result) = run(stock('stock', "expect: {@{[join ', ', sort keys %says]}}\n"), 60);
    landed($result, 60);
    for my $expect (sort keys %says) {
        ($ran, $result) = run(stock('stock', "expect: {$expect}\n"), 60, {STOCK_CALLS => 30});
        is($ran->{exit}, 125, 'broken half-way: exit code');
        like(why($result, 'GET /stock/{sku}'), $says{$expect}, 'says what was expected');
        my $said = $ran->{out} . $ran->{err} . JSON::PP::encode_json($result);
        unlike($said, qr/db-7|connection to/, 'and nothing of what was answered');
        is($result->{endpoints}[0]{done}, 60, 'it was answered');
        is($result->{endpoints}[0]{landed}, 30, 'half of it as expected');
    }
    ($ran, $result) = run(stock('stock', ''), 60, {STOCK_CALLS => 30});
    is($result->{endpoints}[0]{landed}, 60, 'without `expect` 200 is enough');
};

sub products { # 60 pages of the shop, and an endpoint that keeps nothing
    my ($name, $keys) = @_;
    return make_service($name, $single,
        ['GET /product/{sku}', $keys, map { ["/product/KB-$_", session => 'client ' . $_ % 7] } 10001 .. 10060],
        ['GET /stock/{sku}', $keys, map { ["/stock/KB-$_", session => 'client ' . $_ % 7] } 10001 .. 10060]);
}

subtest 'new keys show a cache without bound; the recorded ones cannot' => sub {
    my @product = ('-e', 'GET /product/{sku}');
    my ($ran, $result) = run(products('recorded-keys', ''), 1500, {LEAK => 'keys'}, @product);
    landed($result, 1500);
    isnt($result->{verdict}, 'growth', 'in cycles it does not grow');
    my $fresh = products('fresh-keys', "fresh: {path: sku}\n");
    ($ran, $result) = run($fresh, 1500, {LEAK => 'keys'}, @product);
    landed($result, 1500);
    is($ran->{exit}, 1, 'with new keys: exit code');
    is($result->{verdict}, 'growth', 'it grows');
    cmp_ok($result->{findings}[0]{bytes_per_request} // 0, '>', 400, 'a page for each key') or diag($result->{reason});
    ($ran, $result) = run($fresh, 1500, {LEAK => 'off'}, @product);
    landed($result, 1500);
    isnt($result->{verdict}, 'growth', 'a cache with a bound does not');
};

subtest 'and bisect names it' => sub {
    my ($ran, $result) = result_of({env => {LEAK => 'keys'}}, 'bisect', scratch() . '/fresh-keys', '--confirm', '800');
    is($ran->{exit}, 1, 'exit code') or diag($result->{reason});
    is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], ['GET /product/{sku}'], 'the endpoint, alone');
};

sub exports {
    my ($name, $keys, @more) = @_;
    return make_service($name, $single, ['GET /export/{name}', $keys, map { ["/export/n$_", @more] } 1 .. 20]);
}

sub hung_up { # planned aborts of these requests: all done, none failed
    my ($ran, $result, $planned) = @_;
    is($result->{replay}{planned}, $planned, 'as many as asked');
    is($result->{replay}{done}, $planned, 'all done');
    is($result->{replay}{failed}, 0, 'a planned abort is no failure');
    is($result->{replay}{abandoned}, $planned, 'abandoned');
    is_deeply($result->{not_looked_at}, [], 'looked at');
}

subtest 'clients that hang up' => sub {
    my ($ran, $result) = run(exports('whole', ''), 200, {LEAK => 'abandoned'});
    landed($result, 200);
    is($result->{replay}{abandoned}, 0, 'nobody hangs up');
    isnt($result->{verdict}, 'growth', 'no growth');
    my %aborted = ('abandon' => exports('abandon', "abandon: 100%\n"), 'recorded 499' => exports('recorded', '', status => 499));
    for my $how (sort keys %aborted) {
        ($ran, $result) = run($aborted{$how}, 400, {LEAK => 'abandoned'});
        hung_up($ran, $result, 400);
        is($ran->{exit}, 1, "$how: growth, by the exit code") or diag($result->{reason});
        ($ran, $result) = run($aborted{$how}, 400, {LEAK => 'off'});
        hung_up($ran, $result, 400);
        isnt($ran->{exit}, 1, "$how: no growth where nothing is kept");
    }
    ($ran, $result) = run(exports('some', "abandon: 20%\n"), 300);
    cmp_ok(abs($result->{replay}{abandoned} - 60), '<', 30, 'one in five');
    is($result->{replay}{done}, 300, 'all done');
};

subtest 'aborted entries of a HAR are aborts again' => sub {
    my @entries = map {
        my $broken = $_ % 2;
        {
            startedDateTime => sprintf('2026-01-01T00:00:%02dZ', $_),
            time => 3,
            request => {method => 'GET', url => "http://shop.example/export/n$_", headers => []},
            response => {status => $broken ? 0 : 200, ($broken ? (_error => 'net::ERR_ABORTED') : ())},
        }
    } 1 .. 40;
    my $har = spit(scratch() . '/aborted.har', JSON::PP::encode_json({log => {version => '1.2', entries => \@entries}}));
    my $directory = scratch() . '/har';
    my $ran = seep('import', $har, '-o', $directory);
    is($ran->{exit}, 0, 'imported') or diag($ran->{err});
    spit("$directory/service.yaml", $single);
    ($ran, my $result) = run($directory, 80);
    is($result->{replay}{done}, 80, 'all done');
    is($result->{replay}{abandoned}, 40, 'every other one was hung up on');
    is($result->{replay}{failed}, 0, 'and none failed');
};

done_testing();
