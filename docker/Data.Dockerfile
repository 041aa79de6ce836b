# The datasets, for clusters whose pods reach no other place. A worker's pod copies them out (k8s/base/worker.yaml). Built from the
# repository's root:
#   docker build -f docker/Data.Dockerfile -t minibatch-data:0.1.0 .
# DATASETS says which: mnist, fashion-mnist or all (--build-arg DATASETS=all). Only what is asked for is fetched, each dataset from its
# own mirror, and the engine keeps what it has fetched and checked, whatever else changes here.
ARG DATASETS=mnist

FROM busybox:1.37.0 AS mnist
WORKDIR /datasets/mnist
ADD --checksum=sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz ./
ADD --checksum=sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz ./
ADD --checksum=sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz ./
ADD --checksum=sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz ./
RUN gunzip *.gz && chmod a+r *

FROM busybox:1.37.0 AS fashion-mnist
WORKDIR /datasets/fashion-mnist
ADD --checksum=sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz ./
ADD --checksum=sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz ./
ADD --checksum=sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz ./
ADD --checksum=sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz ./
RUN gunzip *.gz && chmod a+r *

FROM mnist AS all
COPY --from=fashion-mnist /datasets/fashion-mnist /datasets/fashion-mnist

FROM ${DATASETS} AS chosen
# A volume that is mounted on it empty takes its owner over.
RUN mkdir /data && chown 1654:1654 /data

FROM --platform=linux/amd64 busybox:1.37.0
LABEL org.opencontainers.image.title="minibatch-data" \
      org.opencontainers.image.description="MNIST or FashionMNIST, for MiniBatch's workers" \
      org.opencontainers.image.version="0.1.0"
COPY --from=chosen /datasets /datasets
COPY --from=chosen --chown=1654:1654 /data /data
USER 1654:1654
CMD ["cp", "-R", "/datasets/.", "/data/"]
