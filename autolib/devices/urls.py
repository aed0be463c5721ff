from django.urls import path

from autolib.devices import views

urlpatterns = [path("v1/status", views.status, name="device_status")]
