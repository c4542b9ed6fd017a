# Three images from one file:
#   docker build --target cloud           -t sentinel .                  web server and worker
#   docker build --target gateway         -t sentinel-gateway .          the gateway, without Django
#   docker build --target camera-gateway  -t sentinel-camera-gateway .   the same, for cameras too
FROM python:3.11-slim-bookworm AS python
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin sentinel \
    && install -d -o sentinel -g sentinel -m 0750 /var/lib/sentinel /var/lib/sentinel/tokens \
        /var/lib/sentinel/media

FROM python AS cloud-packages
COPY requirements.txt /tmp/
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt

FROM python AS gateway-packages
COPY requirements-edge.txt /tmp/
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r /tmp/requirements-edge.txt

FROM python AS camera-gateway-packages
COPY requirements-vision.txt /tmp/
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r /tmp/requirements-vision.txt

FROM python AS cloud
WORKDIR /app
COPY --from=cloud-packages /opt/venv /opt/venv
COPY . .
ENV STATIC_ROOT=/app/staticfiles
# collectstatic contacts no server and keeps no secret: the values below exist in this step alone
RUN SECRET_KEY=build DATABASE_URL=postgresql://build@build/build REDIS_URL=redis://build \
    python manage.py collectstatic --no-input
USER sentinel
VOLUME /var/lib/sentinel
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --start-interval=1s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["uvicorn", "project.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "uvloop", "--http", "project.server:Http", "--ws", "project.server:WebSocket", \
     "--ws-max-size", "1048576", \
     "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "10", "--no-access-log"]

FROM python AS gateway
WORKDIR /app
COPY --from=gateway-packages /opt/venv /opt/venv
COPY edge edge
USER sentinel
VOLUME /var/lib/sentinel
ENTRYPOINT ["python", "-m", "edge"]
CMD ["run", "--config", "/etc/sentinel/gateway.toml"]

FROM gateway AS camera-gateway
COPY --from=camera-gateway-packages /opt/venv /opt/venv
