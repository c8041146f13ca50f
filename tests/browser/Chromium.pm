# A headless Chromium under the DevTools protocol, over a pipe (no WebSocket is needed in Perl), and what its own
# DevTools saves as a HAR: they run in a second tab of it, look at the first, and are asked for their network log.
package Chromium;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();

sub path { return (grep { -x } map { ("$_/chromium", "$_/chromium-browser", "$_/google-chrome") } split /:/, $ENV{PATH})[0] }

sub start {
    my ($class) = @_;
    local $^F = 255; # the pipe's ends stay open in what is started
    my $profile = tempdir('seep-browser-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    pipe(my $commands, my $to) or die "pipe: $!";
    pipe(my $from, my $answers) or die "pipe: $!";
    my $pid = fork() // die "fork: $!";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$profile/log";
        my ($in, $out) = (POSIX::dup2(fileno $commands, 100), POSIX::dup2(fileno $answers, 101));
        POSIX::dup2(100, 3), POSIX::dup2(101, 4);
        exec path(), qw(--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update
            --disable-sync --no-first-run --remote-debugging-pipe --remote-debugging-port=0 --remote-allow-origins=*),
            "--user-data-dir=$profile" or POSIX::_exit(127);
    }
    close $commands;
    close $answers;
    my $self = bless {pid => $pid, owner => $$, profile => $profile, to => $to, from => $from, read => '', id => 0}, $class;
    $self->call('Browser.getVersion');
    return $self;
}

# One command and its answer; events that come meanwhile are kept: see events(). Dies after a minute, and when Chromium is gone.
sub call {
    my ($self, $method, $parameters, $session) = @_;
    my $id = ++$self->{id};
    my %message = (id => $id, method => $method, params => $parameters // {}, $session ? (sessionId => $session) : ());
    local $SIG{ALRM} = sub { die "$method: no answer\n" };
    alarm 60;
    syswrite $self->{to}, encode_json(\%message) . "\0";
    while (1) {
        while ($self->{read} =~ s/^([^\0]*)\0//) {
            my $answer = decode_json($1);
            push @{$self->{events}}, $answer if $answer->{method};
            next if ($answer->{id} // 0) != $id;
            alarm 0;
            die "$method: $answer->{error}{message}\n" if $answer->{error};
            return $answer->{result};
        }
        sysread($self->{from}, $self->{read}, 65536, length $self->{read}) or die "$method: Chromium is gone\n";
    }
}

# What was told until now of the given kinds, once.
sub events {
    my ($self, @kinds) = @_;
    $self->call('Browser.getVersion');
    my %wanted = map { $_ => 1 } @kinds;
    my @found = grep { $wanted{$_->{method}} } @{$self->{events} // []};
    $self->{events} = [grep { !$wanted{$_->{method}} } @{$self->{events} // []}];
    return @found;
}

# The value of an expression in a tab, awaited.
sub value {
    my ($self, $session, $expression) = @_;
    my $result = $self->call('Runtime.evaluate',
        {expression => $expression, awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true}, $session);
    die "$expression: " . encode_json($result->{exceptionDetails}) . "\n" if $result->{exceptionDetails};
    return $result->{result}{value};
}

# Until an expression is true in a tab; half a minute at most.
sub wait_for {
    my ($self, $session, $expression) = @_;
    for (1 .. 300) {
        return 1 if eval { $self->value($session, $expression) };
        select undef, undef, undef, 0.1;
    }
    die "never: $expression\n";
}

sub tab {
    my ($self, $url) = @_;
    my $target = $self->call('Target.createTarget', {url => $url})->{targetId};
    return ($target, $self->call('Target.attachToTarget', {targetId => $target, flatten => JSON::PP::true})->{sessionId});
}

# A tab that shows a page of this machine, of a width; what it logs, throws and asks for is told by events().
sub page {
    my ($self, $url, $width) = @_;
    my (undef, $tab) = $self->tab('about:blank');
    $self->call($_, {}, $tab) for qw(Page.enable Runtime.enable Log.enable Network.enable);
    $self->size($tab, $width);
    $self->call('Page.navigate', {url => $url}, $tab);
    $self->wait_for($tab, "location.href !== 'about:blank' && document.readyState === 'complete'");
    return $tab;
}

sub size {
    my ($self, $tab, $width) = @_;
    $self->call('Emulation.setDeviceMetricsOverride',
        {width => $width, height => 900, deviceScaleFactor => 1, mobile => $width < 500 ? JSON::PP::true : JSON::PP::false}, $tab);
}

sub media {
    my ($self, $tab, $media, $scheme) = @_;
    $self->call('Emulation.setEmulatedMedia',
        {media => $media, features => [{name => 'prefers-color-scheme', value => $scheme}]}, $tab);
}

sub key {
    my ($self, $tab, $key) = @_;
    $self->call('Input.dispatchKeyEvent', {type => $_, key => $key, length $key == 1 ? (text => $key) : ()}, $tab)
        for length $key == 1 ? 'keyDown' : 'rawKeyDown', 'keyUp';
}

sub mouse {
    my ($self, $tab, $type, $x, $y) = @_;
    $self->call('Input.dispatchMouseEvent', {type => $type, x => $x, y => $y,
        $type eq 'mouseMoved' ? () : (button => 'left', clickCount => 1)}, $tab);
}

sub wheel {
    my ($self, $tab, $x, $y, $by) = @_;
    $self->call('Input.dispatchMouseEvent', {type => 'mouseWheel', x => $x, y => $y, deltaX => 0, deltaY => $by}, $tab);
}

# axe-core, as package.json says which; "" where it cannot be had.
sub axe {
    my $root = abs_path(dirname(__FILE__) . '/../..');
    my $build = $ENV{BUILD} // "$root/build";
    my $file = "$build/browser/node_modules/axe-core/axe.min.js";
    if (!-e $file) {
        system("mkdir -p $build/browser && cp $root/tests/browser/package.json $build/browser/ && cd $build/browser && "
            . 'timeout 60 npm install --ignore-scripts --no-audit --no-fund >/dev/null 2>&1');
    }
    open my $in, '<:raw', $file or return '';
    local $/;
    return <$in>;
}

# What axe-core finds in a tab as it stands: {passes, violations: [impact, rule, how many, one of them, what is wrong]}.
sub axe_says {
    my ($self, $tab) = @_;
    $self->value($tab, axe() . ';1') if !$self->value($tab, 'typeof axe === "object"');
    return decode_json($self->value($tab, <<'JS'));
axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(r => JSON.stringify({passes: r.passes.length,
violations: r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 120), v.nodes[0].failureSummary.slice(0, 300)])}))
JS
}

# An empty tab, and DevTools that look at it: (session, session of its DevTools).
sub watched_tab {
    my ($self) = @_;
    my ($port) = do { open my $file, '<', "$self->{profile}/DevToolsActivePort" or die "no port: $!"; <$file> } =~ /(\d+)/;
    my ($target, $tab) = $self->tab('about:blank');
    my (undef, $tools) = $self->tab("devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:$port/devtools/page/$target");
    $self->wait_for($tools, <<'JS');
(async () => { const sdk = await import('./core/sdk/sdk.js'), logs = await import('./models/logs/logs.js');
const page = sdk.TargetManager.TargetManager.instance().primaryPageTarget();
return logs.NetworkLog.NetworkLog.instance() && page.model(sdk.NetworkManager.NetworkManager) && true; })()
JS
    return ($tab, $tools);
}

# What "Save all as HAR with content" writes.
sub har {
    my ($self, $tools) = @_;
    return $self->value($tools, <<'JS');
(async () => { const logs = await import('./models/logs/logs.js'), har = await import('./models/har/har.js');
const requests = logs.NetworkLog.NetworkLog.instance().requests().filter(request => !request.url().startsWith('devtools:'));
return JSON.stringify({log: await har.Log.Log.build(requests, {sanitize: false})}); })()
JS
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    my $status = $?;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    $? = $status;
}

1;
