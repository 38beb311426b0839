# Fourwaves as one container: a static binary and nothing else. No shell, no user database, no certificates (the program
# calls nobody) and no time zones (the engine's time is virtual). It writes no file, so the root may be read-only:
#
#   docker build -t fourwaves .
#   docker run --read-only --cap-drop=all -p 8080:8080 fourwaves
#
# Settings are environment variables, one per flag of `fourwaves serve`: FOURWAVES_BASE_PATH, FOURWAVES_ALLOWED_ORIGIN, ...

FROM golang:1.26 AS build
WORKDIR /src
# Modules first: they change seldom, and this layer is reused as long as they do not.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /fourwaves ./cmd/fourwaves

FROM scratch
COPY --from=build /fourwaves /fourwaves
# A number, because scratch has no /etc/passwd; the same one as distroless images use for "nonroot".
USER 65532:65532
ENV FOURWAVES_LISTEN=:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 CMD ["/fourwaves", "health"]
ENTRYPOINT ["/fourwaves"]
CMD ["serve"]
