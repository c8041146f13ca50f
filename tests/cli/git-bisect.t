#!/usr/bin/env perl
# git bisect run seep run: a repository of eleven commits, the fifth of which leaks, and the sixth does not start.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Path qw(make_path);
use Test::More;
use Seep;

plan skip_all => 'git is not installed' if !grep { -x "$_/git" } split /:/, $ENV{PATH};

my $repository = scratch() . '/shop';
my $seep = $ENV{SEEP} // root() . '/build/seep';
make_path($repository);
$ENV{$_} = '/dev/null' for qw(GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM);
$ENV{"GIT_${_}_NAME"} = 'Test', $ENV{"GIT_${_}_EMAIL"} = 'test@example.org' for qw(AUTHOR COMMITTER);
delete @ENV{grep { /^GIT_(DIR|WORK_TREE|INDEX_FILE)$/ } keys %ENV};

sub git {
    my @words = map { "'$_'" } @_;
    my $said = qx(git -C '$repository' @words 2>&1);
    return ($? >> 8, $said);
}

# What each commit changes: the number of the version in every answer, and once a line that keeps something.
sub server {
    my ($version) = @_;
    my $keeps = $version >= 5 ? "    SEEN.append(time.monotonic())\n" : '';
    my $breaks = $version == 6 ? "import shop_of_the_future\n" : '';
    return <<"END";
import os
import time
from wsgiref.simple_server import WSGIRequestHandler, make_server

${breaks}SEEN = []


def shop(environ, start_response):
${keeps}    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"shop, version $version\\n"]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


make_server("127.0.0.1", int(os.environ["PORT"]), shop, handler_class=Quiet).serve_forever()
END
}

my %commit; # hash -> number
git('init', '-q');
for my $version (1 .. 11) {
    spit("$repository/server.py", server($version));
    git('add', 'server.py');
    git('commit', '-q', '-m', "Version $version");
    my (undef, $hash) = git('rev-parse', 'HEAD');
    chomp $hash;
    $commit{$hash} = $version;
}
is(scalar keys %commit, 11, 'eleven commits');

my $service = make_service('scenario', <<"END", ['GET /item/{id}', '', map { ["/item/$_"] } 1 .. 50]);
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, -B, server.py], directory: $repository}
ready: GET /health
END

my %of = reverse %commit;
git('bisect', 'start', $of{11}, $of{1});
my ($exit, $said) = git('bisect', 'run', $seep, 'run', $service, '--db', scratch() . '/seep.db', '-q', '--connections', '2', '--requests', '3000');
is($exit, 0, 'git came to an end') or diag($said);
my $fifth = $of{5};
like($said, qr/^$fifth is the first bad commit$/m, 'the fifth commit') or diag($said);
like($said, qr/^    Version 5$/m, 'by its name');

my (undef, $log) = git('bisect', 'log');
my %judged = map { /^git bisect (\w+) ([0-9a-f]{40})$/ ? ($commit{$2} => $1) : () } split /\n/, $log;
is($judged{6}, 'skip', 'the one that does not start is skipped, neither good nor bad') or diag($log);
is($judged{$_}, $_ < 5 ? 'good' : 'bad', "version $_") for grep { $_ != 6 } sort { $a <=> $b } keys %judged;
git('bisect', 'reset');

($exit, $said) = git('bisect', 'start', $of{11}, $of{1});
($exit, $said) = git('bisect', 'run', $seep, 'run', scratch() . '/nowhere', '-q');
isnt($exit, 0, 'a mistake of ours stops it');
unlike($said, qr/is the first bad commit/, 'and names nobody');

done_testing();
