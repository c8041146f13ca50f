#!/usr/bin/env perl
# The hunt of docker/compose.yaml: fresh containers of the service, made by a seep that is in a container itself.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Compose;
use Test::More;
use Seep;

my $hunt = compose('run', '--rm', 'hunt');
is($hunt->{exit}, 1, 'growth is found') or diag($hunt->{out});
my $finding = json(results() . '/compose/hunt.json')->{findings}[0];
is_deeply($finding->{endpoints}, ['GET /quote/{slug}'], 'the endpoint');
like($finding->{sites}[0]{site}, qr{timing\.py:11$}, 'the line');
ok((grep { $_ eq 'isolated' } @{$finding->{confirmed}}), 'confirmed in a fresh container');
is(docker('ps', '-q', '--filter', 'label=com.docker.compose.project=' . project(), '--filter', 'label=com.docker.compose.service=pricing',
        '--filter', 'status=running') ne '', 1, "the project's own container of the service was left alone");
take_down();
is(left_behind(), '', 'nothing is left behind');
done_testing();
