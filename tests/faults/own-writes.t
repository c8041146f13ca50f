#!/usr/bin/env perl
# The disk is full (ENOSPC), broken (EIO), a pipe has nobody behind it (EPIPE), less is written than asked for: at each write,
# sync, truncation, rename and opening for writing in turn, of each command that makes files. Each ends by itself, with a
# documented exit code and one line; no file is half there; and what is typed again works. Commands with a store: own-store.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli", $FindBin::Bin;
use File::Path qw(remove_tree);
use IO::Socket::INET;
use Test::More;
use Fleet qw(fleet);
use Own;
use Seep;
use Shim;
use Table;

my ($scratch, $build) = (scratch(), $ENV{BUILD} // root() . '/build');

# All files below a directory, by their path in it.
sub files {
    my ($directory) = @_;
    my %text;
    my @open = ('');
    while (defined(my $at = shift @open)) {
        opendir my $list, "$directory/$at" or next;
        for my $name (grep { !/^\.\.?\z/ } readdir $list) {
            my $path = "$at$name";
            if (-d "$directory/$path" && !-l "$directory/$path") {
                push @open, "$path/";
            } else {
                $text{$path} = slurp("$directory/$path");
            }
        }
    }
    return \%text;
}

# What a command leaves in its directory and says, with what differs from one time to the next taken out by same(text).
sub outcome {
    my ($given, $directory, $ran) = @_;
    my %left = %{files($directory)};
    $left{stdout} = $ran->{out};
    s/\Q$directory\E/HERE/g for values %left;
    $_ = $given->{same}->($_) for $given->{same} ? values %left : ();
    return \%left;
}

# "", or the names of what is not as it should be.
sub differing {
    my ($what, $left, $should) = @_;
    my @differ = grep { ($left->{$_} // 'nothing') ne $should->{$_} } sort keys %$should;
    return @differ ? "$what: differs: @differ" : '';
}

# What is wrong with what a command left that ended with an error: half of a file, or one that nobody asked for.
sub half {
    my ($given, $left, $should) = @_;
    my @half = grep { $_ ne 'stdout' && $left->{$_} ne ($should->{$_} // '') && $left->{$_} ne ($given->{before}{$_} // "\0") } sort keys %$left;
    return @half ? "left behind: @half" : '';
}

# Of files that come together (the pattern `together`) all are there, or none; unless nothing can be undone either.
sub parts {
    my ($given, $case, $left) = @_;
    return '' if !$given->{together} || $case->{from};
    my @there = grep { /$given->{together}/ } sort keys %$left;
    return @there == 0 || @there == $given->{files} ? '' : "a part of what belongs together: @there";
}

sub judge {
    my ($given, $case, $ran, %should) = @_;
    my $directory = $case->{directory};
    my $left = outcome($given, $directory, $ran);
    my @wrong = documented($ran->{exit}) ? () : 'exit code';
    if ($ran->{exit} =~ $given->{fine}) {
        delete $should{stdout} if $case->{error} eq 'EPIPE'; # a reader that left has seen enough
        push @wrong, differing('lost', $left, \%should);
    } else {
        push @wrong, 'an error without a fault' if $case->{failed} == 0;
        push @wrong, $case->{from} ? lines($ran->{err}) : one_line($ran->{err}), half($given, $left, \%should), parts($given, $case, $left);
        my $again = gather(begin({name => 'again'}, ($given->{again} // $given->{make})->($directory)));
        push @wrong, "again: exit $again->{exit}: $again->{err}" if $again->{exit} !~ $given->{fine};
        delete $should{stdout} if $given->{again};
        push @wrong, differing('again', outcome($given, $directory, $again), \%should);
    }
    remove_tree($directory);
    return @wrong;
}

# A command that makes files and ends is held to what it makes without faults. given: make(directory) prepares it and returns
# the arguments; again(directory), where they are others the second time; fine, its exit codes without faults; before,
# what files there hold before; same, together: as above.
sub writes_files {
    my ($what, %given) = (shift, fine => qr/^0\z/, @_);
    my $home = place();
    my $first = gather(begin({name => 'whole', env => {shim(count => "$scratch/count")}}, $given{make}->($home)));
    like($first->{exit}, $given{fine}, "$what: without a fault") or diag($first->{err});
    my ($count) = shim_counts("$scratch/count");
    my $should = outcome(\%given, $home, $first);
    $given{files} = grep { $given{together} && /$given{together}/ } keys %$should;
    my @cases = cases($count, $given{most} // 150, 2);
    conclude("seep $what ($count calls)", \@cases, judged(4, $given{make}, sub { judge(\%given, @_, %$should) }, @cases));
}

# Two endpoints, one of which leaks, as monitoring kept them.
my $fleet = fleet(from => 1714521600, days => 3, step => 600, instances => 2, seed => 3,
    endpoints => [['GET', '/quote/<slug>', 2, 150], ['GET', '/rates', 4]]);
my ($times, @all) = ($fleet->{times}, @{$fleet->{instances}});
my $memory = spit("$scratch/memory.csv", join "\n", 'time,instance,value',
    map { my $of = $_; map { "$times->[$_],$of->{name},$of->{memory}[$_]" } 0 .. $#$times } @all);
my $requests = spit("$scratch/requests.csv", join "\n", 'time,instance,endpoint,value', map { my $of = $_; map { my $e = $_;
    map { "$times->[$_],$of->{name},$fleet->{endpoints}[$e][0] $fleet->{endpoints}[$e][1],$of->{requests}[$e][$_]" } 0 .. $#$times } 0 .. 1 } @all);

subtest 'import' => sub {
    my $log = spit("$scratch/access.log", join '', map { my $n = $_; map {
        sprintf qq(10.0.0.%d - - [01/May/2024:10:%02d:%02d +0000] "GET /%s HTTP/1.1" 200 12 "-" "x/1"\n), $n % 5, $n / 60, $n % 60, $_
    } "books/$n", 'shelf?password=hunter2', 'loans/kb-' . $n * 7 } 1 .. 400);
    my $again = sub { ('import', $log, '-o', "$_[0]/d", '--json', "$_[0]/i.json", '-q', '--force', '--secrets', "$_[0]/secrets") };
    my $make = sub { grep { $_ ne '--force' } $again->(@_) };
    writes_files('import', together => qr{^d/}, make => $make, again => sub { unlink "$_[0]/secrets"; $again->(@_) },
        same => sub { $_[0] =~ s/"session":"\w+"/SESSION/gr =~ s/redacted:\w+/REDACTED/gr });
};

subtest 'suspects --write' => sub {
    my $yaml = "target: http://127.0.0.1:5000\nallow: [127.0.0.1] # ours\n";
    my $shop = make_service('shop', $yaml, ['GET /rates', '', ['/rates']], ['GET /quote/{slug}', '', ['/quote/kb-7']]);
    my $again = sub {
        my ($directory) = @_;
        return ('suspects', '--memory-file', $memory, '--requests-file', $requests, '--memory-limit', '512 MiB', '--write', "$directory/shop",
            map({ ("--$_", "$directory/s.$_") } qw(json html markdown)), '-q');
    };
    my $make = sub {
        my ($directory) = @_;
        system('cp', '-r', $shop, "$directory/shop") == 0 or die 'cp';
        return $again->($directory);
    };
    writes_files('suspects --write', make => $make, again => $again, before => {'shop/service.yaml' => $yaml});
};

subtest 'of stored runs' => sub {
    my $db = "$scratch/kept.db";
    my $service = native_service('kept', 'on');
    seep('run', $service, '--connections', 2, '--requests', 400, '-q', '--db', $db) for 1 .. 2;
    writes_files('report', same => sub { $_[0] =~ s/::(stop-commands::)?seep-?\w+/::TOKEN/gr }, make => sub { my ($at) = @_; ('report', '1', '--db', $db, '--csv', "$at/csv",
        map { ("--$_", "$at/r." . ($_ eq 'prometheus' ? 'prom' : $_)) } qw(html json junit markdown issue github openmetrics prometheus)) });
    is(whole($db), '', 'the store that is only read is whole');
    writes_files('compare', fine => qr/^1\z/, make => sub { my ($at) = @_; ('compare', '1', '2', '--db', $db, map { ("--$_", "$at/c.$_") } qw(html json markdown)) });
    writes_files('runs', make => sub { ('runs', '--db', $db) });
    my $snapshots = root() . '/tests/data/snapshots';
    writes_files('diff', make => sub { ('diff', "$snapshots/go-a.txt", "$snapshots/go-b.txt", '--json', "$_[0]/d.json") });
};

my $recorders = 0;

# A recorder that five requests go through. Returns how many were answered, and what the recorder ended with.
sub record_five {
    my ($target, $case) = @_;
    my $job = begin({name => 'record-' . $recorders++, env => {shim(count => $case->{counts}, map { $_ => $case->{$_} } qw(error at from calls share))}}, 'record',
        '--listen', 0, '--target', "http://127.0.0.1:$target", '-o', "$case->{directory}/d", '--requests', 5, '--json', "$case->{directory}/r.json", '-q');
    my ($port, $answered) = (undef, 0);
    for (1 .. 500) {
        last if ($port) = slurp("$job->{base}.err") =~ /127\.0\.0\.1:(\d+) passes on/;
        last if slurp("/proc/$job->{pid}/stat") =~ /\) Z/;
        select undef, undef, undef, 0.01;
    }
    my $socket = $port && IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
    for my $n ($socket ? 1 .. 5 : ()) {
        my $all = '';
        syswrite $socket, "GET /books/$n HTTP/1.1\r\nHost: x\r\n\r\n" or last;
        while ($all !~ /so\n\z/ && sysread $socket, my $piece, 1000) {
            $all .= $piece;
        }
        $answered++ if $all =~ /so\n\z/;
    }
    kill 'TERM', $job->{pid} if $answered < 5; # it waits for more
    my $ran = gather($job, 30);
    $ran->{err} =~ s/^seep: record: [^\n]*\n//m;
    (undef, @$case{qw(failed cut last)}) = shim_counts($case->{counts});
    $case->{exit} = $ran->{exit};
    return ($answered, $ran);
}

# How many requests a directory or a file of recordings holds.
sub recorded {
    my @files = -d $_[0] ? glob "$_[0]/*.jsonl" : $_[0];
    return scalar map { /"method".*\}\n/g } map { slurp($_) } @files;
}

subtest 'record' => sub {
    my $target = free_port();
    local $SIG{PIPE} = 'IGNORE';
    {
        delete local $ENV{SEEP_TEST_TAG};
        start_server($target, $scratch, "$build/servers/library", '-p', $target);
    }
    my $judge = sub {
        my ($case) = @_;
        $case->{directory} = place();
        $case->{counts} = "$case->{directory}.count";
        my ($answered, $ran) = record_five($target, $case);
        my ($directory, $spool) = ("$case->{directory}/d", "$case->{directory}/d/recording.jsonl");
        my @wrong = documented($ran->{exit}) || $ran->{exit} eq '143' ? () : 'exit code';
        if ($ran->{exit} eq '0') {
            push @wrong, 'requests lost' if recorded($directory) != 5 || $answered != 5;
            push @wrong, 'no result' if !eval { json("$case->{directory}/r.json") };
        } else {
            push @wrong, 'an error without a fault' if $case->{failed} == 0;
            push @wrong, $case->{from} ? lines($ran->{err}) : one_line($ran->{err}) if $ran->{exit} ne '143';
            push @wrong, 'half of the result' if -e "$case->{directory}/r.json" && !eval { json("$case->{directory}/r.json") };
            my $kept = recorded(-e $spool ? $spool : $directory);
            push @wrong, 'an error, and nothing kept of what was told recorded' if $ran->{err} =~ /what was recorded stays in/ && $kept != 5;
            if ($kept > 0 && -e $spool) {
                my $import = seep('import', $spool, '-o', "$case->{directory}/again", '-q');
                push @wrong, "import: exit $import->{exit}: $import->{err}" if $import->{exit} ne '0';
                push @wrong, 'import: requests lost' if recorded("$case->{directory}/again") != $kept;
            }
        }
        return map { "$case->{error} at $case->{last}: exit $ran->{exit}: $_; $ran->{err}" } grep { $_ ne '' } @wrong;
    };
    my %whole = (directory => place(), counts => "$scratch/count");
    my ($answered, $ran) = record_five($target, \%whole);
    is($ran->{exit}, '0', 'without a fault') or diag($ran->{err});
    my ($count) = shim_counts("$scratch/count");
    my @cases = cases($count, 150, 1);
    conclude("seep record ($count calls)", \@cases, map { $judge->($_) } @cases);
    my @sends = ({error => 'SHORT', from => 1, calls => 'send'});
    conclude('seep record, sends cut short', \@sends, map { $judge->($_) } @sends);
};

is(none_left(), '', 'nothing of ours still runs');
done_testing();
