# The bench's target: an nginx of its own, in a temporary directory, on free ports of loopback, on one core.
package Nginx;
use strict;
use warnings;
use Bench;
use IO::Socket::INET;

my $configuration = <<'END';
daemon off;
pid DIR/nginx.pid;
error_log DIR/error.log crit;
worker_processes 1;
events { worker_connections 4096; }
http {
    map $status $odd { 200 0; default 1; }
    log_format status $status;
    access_log DIR/odd.log status if=$odd;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    server {
        listen 127.0.0.1:PLAIN backlog=4096;
        listen 127.0.0.1:TLS ssl backlog=4096;
        ssl_certificate DIR/certificate.pem; ssl_certificate_key DIR/key.pem;
        default_type text/plain;
        location / { return 200 "ok\n"; }
        location = /status { stub_status; }
    }
}
END

sub certificate {
    my ($directory) = @_;
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 " .
        "-addext subjectAltName=IP:127.0.0.1 -keyout $directory/key.pem -out $directory/certificate.pem 2>$directory/openssl.err") == 0
        or die slurp("$directory/openssl.err");
}

sub start {
    my ($class) = @_;
    my $directory = scratch() . '/nginx';
    my $self = bless {plain => free_port(), tls => free_port(), directory => $directory}, $class;
    my $text = $configuration;
    $text =~ s/DIR/$directory/g;
    $text =~ s/127\.0\.0\.1:PLAIN/127.0.0.1:$self->{plain}/;
    $text =~ s/127\.0\.0\.1:TLS/127.0.0.1:$self->{tls}/;
    spit("$directory/nginx.conf", $text);
    certificate($directory);
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
    $self->{pid} = launch("$directory/out", pin('target'), 'nginx', '-p', $directory, '-e', "$directory/error.log", '-c', "$directory/nginx.conf");
    wait_for("nginx (" . slurp("$directory/out.err") . ")", sub { defined $self->requests });
    return $self;
}

sub stop_it { stop($_[0]{pid}) }
sub url { my ($self, $transport) = @_; return ($transport eq 'tls' ? 'https' : 'http') . "://127.0.0.1:$self->{$transport}" }
sub ca { return "$_[0]{directory}/certificate.pem" }

# Requests so far, this question left out.
sub requests {
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{plain}) or return undef;
    print $socket "GET /status HTTP/1.0\r\n\r\n";
    local $/;
    my ($requests) = <$socket> =~ /^ \d+ \d+ (\d+)/m or return undef;
    return $requests - ++$self->{asked};
}

# How many answers were not 200, since it was last asked.
sub odd_answers {
    my ($self) = @_;
    my $odd = () = slurp("$self->{directory}/odd.log") =~ /\n/g;
    my $new = $odd - ($self->{odd} // 0);
    $self->{odd} = $odd;
    return $new;
}

1;
