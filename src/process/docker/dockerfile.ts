/** A Dockerfile for the image of wnm's containers. Node folders, node program and init script are mounted. */
export const dockerfile =
  (): string => `# An image for wnm's containers: docker+user (a node in each) and s6overlay+user (many nodes in each).
# Build it with:  wnm --dockerfile | docker build -t localhost/antnode -
# and use it with:  wnm --docker_image localhost/antnode
#
# The node program, its data and the init that runs it are mounted by wnm; the image gives them a system to run on:
# a C library, certificates, a shell, and socat to pass on the metrics port, which nodes open on their loopback only.
FROM debian:stable-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ca-certificates socat \\
 && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="antnode for wnm"
# wnm names the account, the command and the read-only root itself; run directly, the image does nothing as nobody.
USER 65534:65534
CMD ["/bin/true"]
`;
