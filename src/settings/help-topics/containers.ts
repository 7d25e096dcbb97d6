/** Nodes in containers. */
export const containersTopic =
  (): string => `wnm runs nodes in containers of Docker or Podman (--docker_path), rootless ones too.

  docker+user      one container per node
  s6overlay+user   many nodes per container: at most --max_node_per_container in one, spread over at
                   least --min_container_count. A new container opens that many ports at once.

The image (--docker_image) only gives the nodes a system to run on. The node program, the data and
the init that runs the nodes are mounted by wnm. This prints a
Dockerfile and the commands that build and use it:
    wnm --dockerfile

--docker_args goes to docker create, for limits of memory and CPU for example.
A container sees only what is mounted into it. Nodes that share a container share its storage.
`;
