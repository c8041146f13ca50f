#!/usr/bin/env perl
# The image of seep: what it says of itself is true, nothing that it needs is missing, a signal leaves a partial result.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use JSON::PP;
use Test::More;
use Seep;

my $built = compose('build', 'agents', 'pricing');
is($built->{exit}, 0, 'the images build') or diag($built->{out});

my $image = decode_json(docker('image', 'inspect', 'seep'))->[0];
my ($config, $version) = ($image->{Config}, docker('run', '--rm', '--network', 'none', 'seep', '--version'));
is("seep $config->{Labels}{'org.opencontainers.image.version'}", $version, 'its label says its version');
is($config->{Labels}{"org.opencontainers.image.$_"} ? 1 : 0, 1, "its label says its $_") for qw(title description licenses);
is($config->{StopSignal}, 'SIGTERM', 'it is stopped by SIGTERM');
ok($config->{Healthcheck}, 'it has a health check');
cmp_ok($image->{Size}, '<', 110e6, 'it is small');
sub inside { return docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', 'seep', '-c', @_) }
is(inside('id -u'), '10001', 'it is not root');
unlike(inside('ldd /usr/local/bin/seep /usr/local/lib/seep/libseep-malloc.so'), qr/not found/, 'no library is missing');
is(inside('ls /usr/local/lib/seep/libseep-malloc.so /usr/local/lib/seep/libseep-malloc-musl.so /usr/local/lib/seep/agents/python/pages.py'
            . ' /usr/local/lib/seep/agents/node/agent.js | wc -l'), '4', 'the agents are in it');
is(inside('find /usr/local/bin/gcc /usr/bin/gcc /var/lib/apt/lists -type f 2>/dev/null | wc -l'), '0', 'no compiler, no lists of packages');
is(inside('ls -ldn /run/seep | cut -d" " -f1,3,4'), 'drwxrwsrwt 10001 10001', 'its place for sockets is open to any user, with its group');

# As whoever owns the directory of results; where that is root, as seep.
chown 12345, 12346, results();
my @as = ('run', '--rm', '--network', 'none', '--user', 'root', '-v', results() . ':/results', '--entrypoint', 'as-owner', 'seep');
like(docker(@as, '/results/new', 'id'), qr/uid=12345 gid=12346 groups=12346,10001/, 'as-owner: the owner of the results');
is(join(' ', (stat results() . '/new')[4, 5]), '12345 12346', 'what it makes is of the same owner');
like(docker(@as, '/results', 'sh', '-c', 'setpriv --dump'), qr/^euid: 12345\n.*no_new_privs: 1\n.*bounding set: \[none\]/ms, 'with nothing of root left');
chown 0, 0, results();
like(docker(@as, '/results/other', 'id'), qr/uid=10001\(seep\)/, 'seep where that is root');

# A signal: the partial result is stored and shown.
my $id;
my $started = compose({env => {LEAK => 'off'}}, 'run', '-d', '--name', project() . '-stopped', 'seep', 'run', '/scenarios/pricing/service.soak.yaml',
    '--no-early-stop', '--requests', '1000000');
is($started->{exit}, 0, 'a long soak begins') or diag($started->{out});
my $name = project() . '-stopped';
for (1 .. 300) {
    last if `docker logs $name 2>&1` =~ /replaying/;
    select undef, undef, undef, 0.2;
}
docker('stop', '-t', '60', $name);
is(docker('inspect', '-f', '{{.State.ExitCode}}', $name), '143', 'stopped: it ends with 143');
like(`docker logs $name 2>&1`, qr/run 1, exit 143/, 'and shows what it had stored');
docker('rm', '-fv', $name);
take_down();
is(left_behind(), '', 'nothing is left behind');
done_testing();
