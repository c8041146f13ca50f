#!/usr/bin/env perl
# Down to the code: in Python, Node and C one leak each (tests/servers/sites); the line, whose it is, and how much of the finding
# its sites explain. All three hunts at once, since a hunt mostly waits.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Test::More;
use Seep;

my $sources = root() . '/tests/servers/sites';
my $built = ($ENV{BUILD} // root() . '/build') . '/servers/sites';
my %servers = (
    python => {command => [qw(/usr/bin/python3 -m gunicorn -w 1 -b 127.0.0.1:${PORT} --chdir), "$sources/python", 'app:app'],
        environment => {PYTHONPATH => "$sources/python/site-packages", SHAPE => 'package'}},
    # While V8 compiles what is new the heap gains some more: the rate is known after some thousand calls.
    node => {command => ['node', "$sources/node/server.js"], confirm => 5000, environment => {SHAPE => 'package'}},
    native => {command => ["$built/server"], environment => {SHAPE => 'library'}},
);
my $coder = JSON::PP->new->allow_nonref;

sub service {
    my ($name) = @_;
    my $server = $servers{$name};
    my $words = join ', ', map { $coder->encode($_) } @{$server->{command}};
    my $set = join ', ', map { "$_: " . $coder->encode($server->{environment}{$_}) } sort keys %{$server->{environment}};
    return make_service($name, "target: http://127.0.0.1:\${PORT}\nstart: {command: [$words], environment: {$set}}\nready: GET /health\n",
        ['GET /leak', '', map { ["/leak?key=key-$_"] } 100 .. 199]);
}

# Where `mark: SHAPE` stands in a file.
sub line_of {
    my ($file, $mark) = @_;
    my @lines = split /\n/, slurp("$sources/$file");
    return (grep { $lines[$_ - 1] =~ /\Q$mark\E\b/ } 1 .. @lines)[0];
}

sub has_command { return system("command -v $_[0] >/dev/null 2>&1") == 0 }

my %missing = (
    python => system('/usr/bin/python3 -c "import gunicorn" 2>/dev/null') == 0 ? undef : 'gunicorn is not there',
    node => has_command('node') ? undef : 'node is not there',
    native => -x "$built/server" ? undef : "$built/server is not built",
);
my %jobs = map {
    $_ => begin({name => $_}, 'bisect', service($_), '--db', scratch() . "/$_.db", '--json', scratch() . "/$_.json",
        '--confirm', $servers{$_}{confirm} // 1500)
} grep { !$missing{$_} } keys %servers;

# The first site, once what all add up to was looked at.
sub first_site {
    my ($name, $low, $high) = @_;
    my $job = gather($jobs{$name}, 240);
    my $finding = $job->{result}{findings}[0] // {};
    is_deeply($finding->{endpoints}, ['GET /leak'], 'found') or diag($job->{err}, $job->{result}{reason} // '');
    my $explained = $finding->{explained} // 0;
    ok($explained >= $low && $explained <= $high, 'its sites explain it') or diag($explained, "\n", $job->{out});
    return ($finding->{sites}[0] // {}, $job->{out});
}

subtest 'Python: the line in the package, which package, who called it' => sub {
    plan skip_all => $missing{python} if $missing{python};
    my ($site, $out) = first_site('python', 0.85, 1.15);
    my $file = "$sources/python/site-packages/keeper/__init__.py";
    is($site->{site}, "$file:" . line_of('python/site-packages/keeper/__init__.py', 'keeps: package'), 'the line');
    is(join(' ', map { $_ // '-' } @{$site}{qw(whose package version)}), 'dependency Keeper 1.4.0', 'whose');
    is($site->{called_from}, "$sources/python/app.py:" . line_of('python/app.py', 'calls: package'), 'called from');
    like($out =~ s/\s+/ /gr, qr/\(dependency, Keeper 1\.4\.0, called from \S*app\.py:\d+\)/, 'all of it in words');
};

subtest 'Node: the function in the package, which package, who called it' => sub {
    plan skip_all => $missing{node} if $missing{node};
    my ($site) = first_site('node', 0.85, 1.15);
    my $file = 'node/node_modules/@shop/keeper/index.js';
    is($site->{site}, "remember $sources/$file:" . line_of($file, 'keeps: package'), 'the function');
    is(join(' ', map { $_ // '-' } @{$site}{qw(whose package version)}), 'dependency @shop/keeper 2.0.1', 'whose');
    is($site->{called_from}, "package $sources/node/server.js:" . line_of('node/server.js', 'calls: package'), 'called from');
};

subtest 'C: the function in the library, which library, who called it' => sub {
    plan skip_all => $missing{native} if $missing{native};
    my ($site) = first_site('native', 0.75, 1.25);
    like($site->{site}, qr{^keeper_remember\+0x[0-9a-f]+ \(\Q$built\E/libkeeper\.so\.1\)$}, 'the function');
    is(join(' ', map { $_ // '-' } @{$site}{qw(whose package version)}), 'dependency libkeeper 1', 'whose');
    like($site->{called_from}, qr/^keep_in_library\+0x[0-9a-f]+ \(server\)$/, 'called from');
};

done_testing;
